/** Fits decoded arrays to a model's input: shape rules, types, quantization. */

import { quantize } from "../../../host/quantize.ts";
import type { ManifestTensor } from "../../compile_result.ts";
import { MoteError } from "../../error.ts";
import { dimensions, elementCount, integerRange, type Values } from "../../graph/tensor.ts";

/** What messages call an input: `input "image" (int8 1×8×8×1)`. */
export function inputText(tensor: ManifestTensor): string {
  return `input "${tensor.name}" (${tensor.dtype} ${dimensions(tensor.shape)})`;
}

/**
 * How many samples an array of `shape` holds for `tensor`: one where the shapes agree without dimensions of 1 or
 * where the array is flat, `shape[0]` where the tensor's first dimension is 1 and the others agree.
 * Throws a `MoteError` otherwise.
 */
export function samplesIn(shape: readonly number[], tensor: ManifestTensor, file: string): number {
  const squeezed = (dimensions: readonly number[]): string => dimensions.filter((size) => size !== 1).join();
  if (squeezed(shape) === squeezed(tensor.shape)) return 1;
  if (shape.length === 1 && shape[0] === elementCount(tensor.shape)) return 1;
  const samples = shape[0] ?? 0;
  const rest = shape.slice(1).join() === tensor.shape.slice(1).join() && shape.length === tensor.shape.length;
  if (tensor.shape[0] === 1 && rest && samples > 0) return samples;
  throw new MoteError(
    "bad-input",
    file,
    `${inputText(tensor)} needs shape ${dimensions(tensor.shape)}, found ${dimensions(shape)}. Reshape the array.`,
  );
}

/** Cuts values of `samples` samples into one array each. */
export function split(values: Values, samples: number): Values[] {
  const length = values.length / samples;
  return Array.from({ length: samples }, (_, index) => values.slice(index * length, (index + 1) * length));
}

/**
 * Real values as the tensor's own. A tensor without a scale takes only what its type can hold.
 * Throws a `MoteError` on values that an integer tensor without a scale cannot hold.
 */
export function realToOwn(real: ArrayLike<number>, tensor: ManifestTensor, file: string): Values {
  if (tensor.scale === undefined && tensor.dtype !== "float32") {
    const { min, max } = tensor.dtype === "bool" ? { min: 0, max: 1 } : integerRange(tensor.dtype);
    const bad = Array.from(real).find((value) => !Number.isInteger(value) || value < min || value > max);
    if (bad !== undefined) {
      throw new MoteError(
        "bad-input",
        file,
        `${inputText(tensor)} has no scale and takes whole numbers from ${min} to ${max}, found ${bad}.`,
      );
    }
  }
  return quantize(real, tensor);
}
