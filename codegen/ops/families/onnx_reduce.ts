/** ONNX's reductions: their axes and shapes. */

import type { Groups } from "../../graph/layout.ts";
import type { OnnxNode } from "../onnx_spelling.ts";
import { axesInput, inputShape } from "./onnx_shapes.ts";

/** The dimensions that a node reduces; all where it names none, unless it says that none is none. */
export function reducedAxes(node: OnnxNode): number[] {
  const { length } = inputShape(node);
  const axes = axesInput(node, 1, length) ?? [];
  if (axes.length > 0 || node.integer("noop_with_empty_axes", 0) !== 0) return axes;
  return Array.from({ length }, (_, d) => d);
}

/** The shape after a reduction, reduced dimensions as 1 or dropped. */
export function reducedShape(node: OnnxNode): number[] {
  const axes = reducedAxes(node);
  const shape = inputShape(node).map((size, d) => (axes.includes(d) ? 1 : size));
  return keepsDims(node) ? shape : shape.filter((_, d) => !axes.includes(d));
}

function keepsDims(node: OnnxNode): boolean {
  return node.integer("keepdims", 1) !== 0;
}

/** How the result lies in memory where the operand is stored in this order of dimensions. */
export function reducedGroups(node: OnnxNode, order: readonly number[], axes: readonly number[]): Groups {
  if (keepsDims(node)) return order.map((dim) => [dim]);
  // A dropped dimension stays one of 1 in memory.
  const kept = inputShape(node).flatMap((_, d) => (axes.includes(d) ? [] : [d]));
  return order.map((dim) => (axes.includes(dim) ? [] : [kept.indexOf(dim)]));
}
