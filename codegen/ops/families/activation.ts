/** Fused activations: what files call them, and the range of quantized values they leave (TFLite: kernel_util.cc). */

import { OperatorFault } from "../../error.ts";
import { roundAway } from "../../graph/fixed_point.ts";
import { integerRange, type Tensor } from "../../graph/tensor.ts";

export type Activation = "none" | "relu" | "relu_n1_to_1" | "relu6";

const TFLITE_ACTIVATIONS: readonly (Activation | undefined)[] = ["none", "relu", "relu_n1_to_1", "relu6"];

/** The activation behind `ActivationFunctionType` of the .tflite schema. Throws an `OperatorFault` on others. */
export function activationOf(code: number): Activation {
  const activation = TFLITE_ACTIVATIONS[code];
  if (!activation) {
    throw new OperatorFault(
      `fused activation ${code} is not supported; expected NONE, RELU, RELU_N1_TO_1 or RELU6 (0 to 3). Export the activation as an operator of its own.`,
    );
  }
  return activation;
}

const REAL_RANGE: Readonly<Record<Activation, readonly [number, number]>> = {
  none: [-Infinity, Infinity],
  relu: [0, Infinity],
  relu_n1_to_1: [-1, 1],
  relu6: [0, 6],
};

/** The activation that keeps real numbers within these bounds, if there is one. */
export function activationWithin(low: number, high: number): Activation | undefined {
  const names = Object.keys(REAL_RANGE) as Activation[];
  return names.find((name) => REAL_RANGE[name][0] === low && REAL_RANGE[name][1] === high);
}

/** The scale of a tensor quantized as a whole. Throws an `OperatorFault` where it is not. */
export function scaleOf(tensor: Tensor): number {
  const scale = tensor.quantization?.scales[0];
  if (scale === undefined) {
    throw new OperatorFault(
      `tensor "${tensor.name}" has no quantization; expected a scale and a zero point. Quantize the model to int8 first.`,
    );
  }
  return scale;
}

/** The zero point of a tensor quantized as a whole; 0 where it has none. */
export function zeroPointOf(tensor: Tensor): number {
  return tensor.quantization?.zeroPoints[0] ?? 0;
}

/** The smallest and largest quantized value that `activation` lets through to `output`. */
export function activationRange(activation: Activation, output: Tensor): { min: number; max: number } {
  const type = integerRange(output.dtype);
  const [low, high] = REAL_RANGE[activation];
  const quantized = (real: number) => zeroPointOf(output) + roundAway(Math.fround(real / scaleOf(output)));
  return {
    min: Number.isFinite(low) ? Math.max(type.min, quantized(low)) : type.min,
    max: Number.isFinite(high) ? Math.min(type.max, quantized(high)) : type.max,
  };
}

const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/** The range of float32 results that `activation` lets through: without one, all finite numbers. */
export function realRange(activation: Activation): readonly [number, number] {
  const [low, high] = REAL_RANGE[activation];
  return [Math.max(low, -LARGEST_FLOAT), Math.min(high, LARGEST_FLOAT)];
}
