/** ONNX's operators that only give a tensor another shape. */

import { require } from "../../error.ts";
import { elementCount, shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxSpelling } from "../onnx_spelling.ts";
import { axesInput, checkElements, constantInput, inputShape } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";

/** Reshape: 0 stands for the input's dimension (unless `allowzero`), -1 for what is left. */
function reshapeShape(node: OnnxNode): number[] {
  const from = inputShape(node);
  const wanted = Array.from(constantInput(node, 1, "shape").values);
  const zeros = node.integer("allowzero", 0) === 0;
  const sizes = wanted.map((size, d) => (size === 0 && zeros ? (from[d] ?? 0) : size));
  const known = elementCount(sizes.filter((size) => size !== -1));
  const rest = elementCount(from) / known;
  require(sizes.filter((size) => size === -1).length <= 1 && sizes.every((size) => size >= -1), () =>
    `expects a shape with at most one -1, found ${wanted.join(" ")}. The file may be damaged; re-export it.`);
  const shape = sizes.map((size) => (size === -1 ? rest : size));
  checkElements(from, shape);
  return shape;
}

function flattenShape(node: OnnxNode): number[] {
  const from = inputShape(node);
  const axis = node.integer("axis", 1);
  const at = axis < 0 ? axis + from.length : axis;
  require(at >= 0 && at <= from.length, () =>
    `expects an axis up to ${from.length}, found ${axis}. The file may be damaged; re-export it.`);
  return [elementCount(from.slice(0, at)), elementCount(from.slice(at))];
}

function squeezeShape(node: OnnxNode): number[] {
  const from = inputShape(node);
  const axes = axesInput(node, 1, from.length) ?? from.flatMap((size, d) => (size === 1 ? [d] : []));
  require(axes.every((axis) => from[axis] === 1), () =>
    `expects dimensions of 1 at ${axes.join(", ")}, found ${shapeText({ shape: from })}. The file may be damaged; re-export it.`);
  return from.filter((_, d) => !axes.includes(d));
}

function unsqueezeShape(node: OnnxNode): number[] {
  const from = inputShape(node);
  const axes = Array.from(constantInput(node, 1, "axes").values);
  const rank = from.length + axes.length;
  const places = new Set(axes.map((axis) => axisOf(axis, rank)));
  require(places.size === axes.length && rank <= 8, () =>
    `expects each of its axes once, found ${axes.join(" ")}. The file may be damaged; re-export it.`);
  const rest = from.values();
  return Array.from({ length: rank }, (_, d) => (places.has(d) ? 1 : (rest.next().value ?? 1)));
}

function spelling(name: string, shape: (node: OnnxNode) => number[]): OnnxSpelling<never> {
  return { name, shapes: (node) => [shape(node)], rearranges: (node) => [{ shape: shape(node) }] };
}

export const ONNX_RESHAPES = [
  spelling("Reshape", reshapeShape),
  spelling("Flatten", flattenShape),
  spelling("Squeeze", squeezeShape),
  spelling("Unsqueeze", unsqueezeShape),
];
