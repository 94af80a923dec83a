/** ONNX's operators that move elements and leave them as they are: joins, slices, parts. */

import { require } from "../../error.ts";
import type { Groups } from "../../graph/layout.ts";
import type { OnnxNode, OnnxOperand, OnnxReader, OnnxSpelling } from "../onnx_spelling.ts";
import { flatIndex } from "./index_space.ts";
import { constantInput, inputShape, numbersInput } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";
import { rangeOf, type SliceRange } from "./slice_ranges.ts";

/** Input 0 as it lies in memory, and its dimensions in that order. */
export function inOrder(node: OnnxReader): { input: OnnxOperand; order: readonly number[]; groups: Groups } {
  const order = node.order(0);
  const groups = order.map((dim) => [dim]);
  return { input: node.arranged(0, groups), order, groups };
}

/** `sizes` with another one at `axis`. */
function resized(sizes: readonly number[], axis: number, size: number): number[] {
  return sizes.map((old, d) => (d === axis ? size : old));
}

function joinedShape(node: OnnxNode): { axis: number; shape: number[] } {
  const shapes = node.inputs.map((_, position) => inputShape(node, position));
  const [first = []] = shapes;
  const axis = axisOf(node.integer("axis", 0), first.length);
  const total = shapes.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0);
  const fits = shapes.every((shape) => resized(shape, axis, 0).join() === resized(first, axis, 0).join());
  require(fits, () =>
    `expects inputs that differ in dimension ${axis} only, found ${shapes.map((shape) => shape.join("×")).join(" and ")}. The file may be damaged; re-export it.`);
  return { axis, shape: resized(first, axis, total) };
}

export const ONNX_CONCAT: OnnxSpelling<{ readonly axis: number }> = {
  name: "Concat",
  quantized: [{ name: "QLinearConcat", domain: "com.microsoft", inputs: [], rest: 2, output: [0, 1] }],
  shapes: (node) => [joinedShape(node).shape],
  coding: "keeps",
  moves(node) {
    const { axis } = joinedShape(node);
    const shapes = node.inputs.map((_, position) => inputShape(node, position));
    return (_, index) => {
      let along = index[axis] ?? 0;
      let input = 0;
      while (along >= (shapes[input]?.[axis] ?? 0) && input < shapes.length - 1) {
        along -= shapes[input]?.[axis] ?? 0;
        input += 1;
      }
      return [input, flatIndex(shapes[input] ?? [], resized(index, axis, along))];
    };
  },
  read(node) {
    const { axis } = joinedShape(node);
    const computed = node.inputs.findIndex((input) => input && !input.constant);
    const order = node.order(computed);
    const groups = order.map((dim) => [dim]);
    const inputs = node.inputs.map((_, position) => node.arranged(position, groups));
    return { attributes: { axis: order.indexOf(axis) }, inputs, outputs: [groups] };
  },
};

/** Slice: the range of each dimension. */
function rangesOf(node: OnnxNode): SliceRange[] {
  const shape = inputShape(node);
  const starts = Array.from(constantInput(node, 1, "starts").values);
  const ends = Array.from(constantInput(node, 2, "ends").values);
  const axes = numbersInput(node, 3, "axes") ?? starts.map((_, d) => d);
  const steps = numbersInput(node, 4, "steps") ?? starts.map(() => 1);
  const ranges = shape.map((count): SliceRange => ({ begin: 0, stride: 1, count }));
  require([ends, axes, steps].every(({ length }) => length === starts.length), () =>
    `expects as many ends, axes and steps as starts, found ${starts.length}, ${ends.length}, ${axes.length} and ${steps.length}. The file may be damaged; re-export it.`);
  axes.forEach((given, k) => {
    const axis = axisOf(given, shape.length);
    ranges[axis] = rangeOf(shape[axis] ?? 1, starts[k], ends[k], steps[k] ?? 1);
  });
  return ranges;
}

interface SliceAttributes {
  readonly begins: readonly number[];
  readonly strides: readonly number[];
  readonly counts: readonly number[];
  readonly dropped: readonly number[];
}

export const ONNX_SLICE: OnnxSpelling<SliceAttributes> = {
  name: "Slice",
  shapes: (node) => [rangesOf(node).map(({ count }) => count)],
  coding: "keeps",
  moves(node) {
    const ranges = rangesOf(node);
    const shape = inputShape(node);
    return (_, index) => [
      0,
      flatIndex(
        shape,
        index.map((i, d) => (ranges[d]?.begin ?? 0) + i * (ranges[d]?.stride ?? 1)),
      ),
    ];
  },
  read(node) {
    const { input, order, groups } = inOrder(node);
    const all = rangesOf(node);
    const ranges = order.flatMap((dim) => all[dim] ?? []);
    const attributes = {
      begins: ranges.map(({ begin }) => begin),
      strides: ranges.map(({ stride }) => stride),
      counts: ranges.map(({ count }) => count),
      dropped: [],
    };
    return { attributes, inputs: [input], outputs: [groups] };
  },
};

/** Split: the axis and the size of each part. */
function partsOf(node: OnnxNode): { axis: number; sizes: readonly number[] } {
  const shape = inputShape(node);
  const axis = axisOf(node.integer("axis", 0), shape.length);
  const size = shape[axis] ?? 1;
  const count = node.outputs.length;
  const even = Math.ceil(size / count);
  const sizes =
    numbersInput(node, 1, "split") ??
    Array.from({ length: count }, (_, part) => (part < count - 1 ? even : size - even * (count - 1)));
  require(sizes.length === count && sizes.reduce((sum, part) => sum + part, 0) === size, () =>
    `expects ${count} parts of ${size} indices, found ${sizes.join(", ")}. The file may be damaged; re-export it.`);
  return { axis, sizes };
}

export const ONNX_SPLIT: OnnxSpelling<{ readonly axis: number; readonly sizes: readonly number[] }> = {
  name: "Split",
  shapes(node) {
    const { axis, sizes } = partsOf(node);
    return sizes.map((size) => resized(inputShape(node), axis, size));
  },
  coding: "keeps",
  moves(node) {
    const { axis, sizes } = partsOf(node);
    const shape = inputShape(node);
    return (output, index) => {
      const before = sizes.slice(0, output).reduce((sum, size) => sum + size, 0);
      return [0, flatIndex(shape, resized(index, axis, before + (index[axis] ?? 0)))];
    };
  },
  read(node) {
    const { axis, sizes } = partsOf(node);
    const { input, order, groups } = inOrder(node);
    return {
      attributes: { axis: order.indexOf(axis), sizes },
      inputs: [input],
      outputs: sizes.map(() => groups),
    };
  },
};
