/** What files give as tensors but operators treat as options: axes, paddings, begins, ends and strides. */

import { require } from "../../error.ts";
import type { Layer } from "../../graph/graph.ts";
import { dimensions, shapeText, type Tensor, valuesOf } from "../../graph/tensor.ts";

/** The whole numbers of a constant int32 or int64 tensor. Throws an `OperatorFault` where it is none. */
export function constantNumbers(tensor: Tensor | undefined, what: string): number[] {
  require(!!tensor?.data && (tensor.dtype === "int32" || tensor.dtype === "int64"), () =>
    `expects constant int32 ${what}, found ${tensor ? `${tensor.data ? "" : "computed "}${tensor.dtype}` : "none"}. Export the model with fixed shapes.`);
  return Array.from(valuesOf(tensor.dtype, tensor.data) as ArrayLike<number | bigint>, Number);
}

/** `axis` counted from the front; negative ones count from the back. Throws an `OperatorFault` beyond `rank`. */
export function axisOf(axis: number, rank: number): number {
  require(axis >= -rank && axis < rank, () =>
    `expects an axis from ${-rank} to ${rank - 1}, found ${axis}. The file may be damaged; re-export it.`);
  return axis < 0 ? axis + rank : axis;
}

/** The only input and output of a layer. Throws an `OperatorFault` where there are others. */
export function oneToOne(layer: Pick<Layer, "inputs" | "outputs">): { input: Tensor; output: Tensor } {
  const [input] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.inputs.length === 1 && layer.outputs.length === 1 && !!input && !!output, () =>
    `expects 1 input and 1 output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { input, output };
}

/** The shape of a layer's first input; that of a scalar where it is left out. */
export function inputShape(layer: Pick<Layer, "inputs">): readonly number[] {
  return layer.inputs[0]?.shape ?? [];
}

/** Throws an `OperatorFault` unless a tensor has batch, rows, columns and channels. */
export function checkMap(tensor: Tensor): void {
  require(tensor.shape.length === 4, () =>
    `expects a map of 4 dimensions, found ${shapeText(tensor)}. Reshape it to batch, rows, columns and channels.`);
}

/** Throws an `OperatorFault` unless an output has the shape that its operator gives it. */
export function checkShape(output: Tensor, expected: readonly number[]): void {
  require(expected.join() === output.shape.join(), () =>
    `expects an output of ${dimensions(expected)} for its inputs and options, found ${shapeText(output)}. The file may be damaged; re-export it.`);
}

/** Throws an `OperatorFault` unless both tensors have one type. */
export function checkSameType(input: Tensor, output: Tensor): void {
  require(input.dtype === output.dtype, () =>
    `expects one type for input and output, found ${input.dtype} and ${output.dtype}. Re-export the model.`);
}

/**
 * Throws an `OperatorFault` unless both tensors have one type and, where quantized, one zero point and scales that
 * differ by `tolerance` at most.
 */
export function checkSameNumbers(input: Tensor, output: Tensor, tolerance = 0): void {
  checkSameType(input, output);
  const [from, to] = [input.quantization, output.quantization];
  if (!from || !to) return;
  const [scale = 1, otherScale = 1] = [from.scales[0], to.scales[0]];
  const [zero = 0, otherZero = 0] = [from.zeroPoints[0], to.zeroPoints[0]];
  require(Math.abs(scale - otherScale) <= tolerance && zero === otherZero, () =>
    `expects one scale and zero point for its tensors, since it does not rescale; found ${scale} (${zero}) and ${otherScale} (${otherZero}). Re-export the model with a QUANTIZE between them.`);
}
