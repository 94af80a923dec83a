/** Shapes and axes as ONNX's operators give them. */

import { require } from "../../error.ts";
import { elementCount, shapeText } from "../../graph/tensor.ts";
import type { OnnxConstant, OnnxNode } from "../onnx_spelling.ts";
import { broadcastShape } from "./broadcast.ts";
import { axisOf } from "./parameters.ts";

/** The shape of input 0. Throws an `OperatorFault` where it is left out. */
export function inputShape(node: OnnxNode, position = 0): readonly number[] {
  const input = node.inputs[position];
  require(!!input, () => `expects input ${position}, found none. The file may be damaged; re-export it.`);
  return input.shape;
}

/** The result has the shape of input 0. */
export function sameShape(node: OnnxNode): number[][] {
  return [[...inputShape(node)]];
}

/** The result has the shape that all inputs broadcast to. */
export function broadcastShapes(node: OnnxNode): number[][] {
  const shapes = node.inputs.flatMap((input) => (input ? [input.shape] : []));
  return [shapes.reduce<number[]>((all, shape) => broadcastShape(all, shape), [])];
}

/** A constant that is an option. Throws an `OperatorFault` where it is computed or left out. */
export function constantInput(node: OnnxNode, position: number, what: string): OnnxConstant {
  const constant = node.inputs[position]?.constant;
  require(!!constant, () =>
    `expects constant ${what}, found ${node.inputs[position] ? "computed ones" : "none"}. Export the model with fixed shapes.`);
  return constant;
}

/** Numbers that are a constant input, or an option of the same meaning in older operator sets; `undefined`: left out. */
export function numbersInput(node: OnnxNode, position: number, name: string): readonly number[] | undefined {
  if (node.inputs[position]) return Array.from(constantInput(node, position, name).values);
  return node.integers(name);
}

/** Dimensions in input `position` or option `axes`, counted from the front, ascending, each once. */
export function axesInput(node: OnnxNode, position: number, rank: number): number[] | undefined {
  const axes = numbersInput(node, position, "axes");
  return axes && [...new Set(axes.map((axis) => axisOf(axis, rank)))].sort((a, b) => a - b);
}

/** Throws an `OperatorFault` unless a tensor of shape `from` can become one of `shape`. */
export function checkElements(from: readonly number[], shape: readonly number[]): void {
  require(elementCount(from) === elementCount(shape), () =>
    `expects as many output elements as input elements, found ${shapeText({ shape })} from ${shapeText({ shape: from })}. The file may be damaged; re-export it.`);
}
