/** ONNX's reductions over some dimensions. */

import { require } from "../../error.ts";
import type { Groups } from "../../graph/layout.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { qlinearUnary } from "./onnx_elementwise.ts";
import { axesInput, inputShape } from "./onnx_shapes.ts";
import type { ReduceAttributes } from "./reduce.ts";

type Spelling = OnnxSpelling<ReduceAttributes>;

/** The dimensions that a node reduces; all where it names none, unless it says that none is none. */
function reducedAxes(node: OnnxNode): number[] {
  const { length } = inputShape(node);
  const axes = axesInput(node, 1, length) ?? [];
  if (axes.length > 0 || node.integer("noop_with_empty_axes", 0) !== 0) return axes;
  return Array.from({ length }, (_, d) => d);
}

/** The dimensions after batch and channels. */
function spatialAxes(node: OnnxNode): number[] {
  require(node.integer("channels_last", 0) === 0, () =>
    "expects channels first, found channels_last 1. Export the model in ONNX's own layout.");
  return inputShape(node).flatMap((_, d) => (d < 2 ? [] : [d]));
}

function keepsDims(node: OnnxNode): boolean {
  return node.integer("keepdims", 1) !== 0;
}

/** The shape after a reduction, reduced dimensions as 1 or dropped. */
function reducedShape(node: OnnxNode): number[] {
  const axes = reducedAxes(node);
  const shape = inputShape(node).map((size, d) => (axes.includes(d) ? 1 : size));
  return keepsDims(node) ? shape : shape.filter((_, d) => !axes.includes(d));
}

/** How the result lies in memory where the operand is stored in this order; a dropped dimension stays one of 1. */
function reducedGroups(node: OnnxNode, order: readonly number[], axes: readonly number[]): Groups {
  if (keepsDims(node)) return order.map((dim) => [dim]);
  const kept = inputShape(node).flatMap((_, d) => (axes.includes(d) ? [] : [d]));
  return order.map((dim) => (axes.includes(dim) ? [] : [kept.indexOf(dim)]));
}

function read(node: OnnxReader, axes: readonly number[]): OnnxReading<ReduceAttributes> {
  const order = node.order(0);
  const input = node.arranged(
    0,
    order.map((dim) => [dim]),
  );
  const places = order.flatMap((dim, place) => (axes.includes(dim) ? [place] : []));
  return {
    attributes: { axes: places, keepDims: true, rounding: "once" },
    inputs: [input],
    outputs: [reducedGroups(node, order, axes)],
  };
}

function reduction(name: string, more: Partial<Spelling> = {}): Spelling {
  return {
    name,
    shapes: (node) => [reducedShape(node)],
    carries: [0],
    read: (node) => read(node, reducedAxes(node)),
    ...more,
  };
}

function globalPool(name: string, more: Partial<Spelling> = {}): Spelling {
  return {
    name,
    shapes: (node) => [inputShape(node).map((size, d) => (d < 2 ? size : 1))],
    read: (node) => read(node, spatialAxes(node)),
    ...more,
  };
}

export const ONNX_MEANS: readonly Spelling[] = [
  globalPool("GlobalAveragePool", {
    quantized: [qlinearUnary("QLinearGlobalAveragePool")],
    coding: "within",
  }),
  reduction("ReduceMean", { quantized: [qlinearUnary("QLinearReduceMean")], coding: "within" }),
];
export const ONNX_REDUCE_SUM = reduction("ReduceSum");
export const ONNX_MAXIMA: readonly Spelling[] = [
  globalPool("GlobalMaxPool", { coding: "keeps" }),
  reduction("ReduceMax", { coding: "keeps" }),
];
export const ONNX_REDUCE_MIN = reduction("ReduceMin", { coding: "keeps" });
