/** ONNX's operators that pick or repeat elements and leave them as they are. */

import { require } from "../../error.ts";
import { shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { broadcastShape } from "./broadcast.ts";
import { flatIndex } from "./index_space.ts";
import { inOrder } from "./onnx_moves.ts";
import { constantInput, inputShape } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";

interface GatherAttributes {
  readonly axis: number;
  readonly batchDims: number;
  readonly constant?: { readonly indices: readonly number[]; readonly shape: readonly number[] };
}

/** Gather: the axis, and the indices counted from the front where they are constant. */
function picksOf(node: OnnxNode): {
  axis: number;
  by: readonly number[];
  indices: readonly number[] | undefined;
} {
  const shape = inputShape(node);
  const axis = axisOf(node.integer("axis", 0), shape.length);
  const size = shape[axis] ?? 1;
  const constant = node.inputs[1]?.constant;
  const indices = constant && Array.from(constant.values, (index) => (index < 0 ? index + size : index));
  require(indices?.every((index) => index >= 0 && index < size) ?? true, () =>
    `expects indices from ${-size} to ${size - 1} in dimension ${axis}, found others. The file may be damaged; re-export it.`);
  return { axis, by: inputShape(node, 1), indices };
}

function gatheredShape(node: OnnxNode): number[] {
  const shape = inputShape(node);
  const { axis, by } = picksOf(node);
  return [...shape.slice(0, axis), ...by, ...shape.slice(axis + 1)];
}

export const ONNX_GATHER: OnnxSpelling<GatherAttributes> = {
  name: "Gather",
  shapes: (node) => [gatheredShape(node)],
  coding: "keeps",
  carries: [0],
  floats: [1],
  moves(node) {
    const shape = inputShape(node);
    const { axis, by, indices = [] } = picksOf(node);
    return (_, index) => {
      const picked = indices[flatIndex(by, index.slice(axis, axis + by.length))] ?? 0;
      return [0, flatIndex(shape, [...index.slice(0, axis), picked, ...index.slice(axis + by.length)])];
    };
  },
  read(node) {
    const { axis, by, indices } = picksOf(node);
    const rank = inputShape(node).length;
    const order = node.inputs[0]?.constant ? Array.from({ length: rank }, (_, d) => d) : node.order(0);
    const input = node.arranged(
      0,
      order.map((dim) => [dim]),
    );
    const place = order.indexOf(axis);
    // The output has the indices' dimensions where the input has the axis.
    const moved = (dim: number) => (dim < axis ? dim : dim + by.length - 1);
    const outputs = [order.flatMap((dim) => (dim === axis ? by.map((_, k) => [axis + k]) : [[moved(dim)]]))];
    const attributes = { axis: place, batchDims: 0 };
    if (indices)
      return { attributes: { ...attributes, constant: { indices, shape: by } }, inputs: [input], outputs };
    return {
      attributes,
      inputs: [
        input,
        node.arranged(
          1,
          by.map((_, d) => [d]),
        ),
      ],
      outputs,
    };
  },
};

/** Expand: the shape that both the input and the one asked for broadcast to. */
function expandedShape(node: OnnxNode): number[] {
  return broadcastShape(inputShape(node), Array.from(constantInput(node, 1, "shape").values));
}

export const ONNX_EXPAND: OnnxSpelling<{ readonly shape: readonly number[] }> = {
  name: "Expand",
  shapes: (node) => [expandedShape(node)],
  coding: "keeps",
  moves(node) {
    const shape = inputShape(node);
    return (_, index) => {
      const own = index.slice(index.length - shape.length);
      return [
        0,
        flatIndex(
          shape,
          own.map((i, d) => (shape[d] === 1 ? 0 : i)),
        ),
      ];
    };
  },
  read(node) {
    const { input, order } = inOrder(node);
    const shape = expandedShape(node);
    const extra = shape.length - order.length;
    const outer = Array.from({ length: extra }, (_, d) => [d]);
    const groups = [...outer, ...order.map((dim) => [dim + extra])];
    const sizes = groups.map(([dim = 0]) => shape[dim] ?? 1);
    return { attributes: { shape: sizes }, inputs: [input], outputs: [groups] };
  },
};

function multiplesOf(node: OnnxNode): number[] {
  const shape = inputShape(node);
  const multiples = Array.from(constantInput(node, 1, "repeats").values);
  require(multiples.length === shape.length && multiples.every((times) => times >= 1), () =>
    `expects repeats from 1 for each dimension of ${shapeText({ shape })}, found ${multiples.join(" ")}. The file may be damaged; re-export it.`);
  return multiples;
}

export const ONNX_TILE: OnnxSpelling<{ readonly multiples: readonly number[] }> = {
  name: "Tile",
  shapes(node) {
    const multiples = multiplesOf(node);
    return [inputShape(node).map((size, d) => size * (multiples[d] ?? 1))];
  },
  coding: "keeps",
  moves(node) {
    const shape = inputShape(node);
    return (_, index) => [
      0,
      flatIndex(
        shape,
        index.map((i, d) => i % (shape[d] ?? 1)),
      ),
    ];
  },
  read(node): OnnxReading<{ readonly multiples: readonly number[] }> {
    const { input, order, groups } = inOrder(node);
    const multiples = multiplesOf(node);
    return {
      attributes: { multiples: order.map((dim) => multiples[dim] ?? 1) },
      inputs: [input],
      outputs: [groups],
    };
  },
};
