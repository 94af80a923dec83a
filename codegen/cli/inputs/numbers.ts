/** Samples from .npy, .json and raw .bin files. */

import type { ManifestTensor } from "../../compile_result.ts";
import { MoteError } from "../../error.ts";
import { elementCount, type Values, valuesOf } from "../../graph/tensor.ts";
import { inputText, realToOwn, samplesIn, split } from "./fit.ts";
import { readNpy } from "./npy.ts";

/** Arrays of the tensor's own type are its own values; float32 and float64 are real values, which are quantized. */
export function npySamples(bytes: Uint8Array, file: string, tensor: ManifestTensor): Values[] {
  const array = readNpy(bytes, file);
  const samples = samplesIn(array.shape, tensor, file);
  if (array.values instanceof Float64Array || array.values instanceof Float32Array) {
    return split(realToOwn(array.values, tensor, file), samples);
  }
  if (array.dtype !== tensor.dtype) {
    throw new MoteError(
      "bad-input",
      file,
      `${inputText(tensor)} takes ${tensor.dtype} (its own values) or float32 (real values), found ${array.dtype}. Convert it with .astype.`,
    );
  }
  return split(array.values, samples);
}

/** Nested or flat arrays of numbers: real values. */
export function jsonSamples(bytes: Uint8Array, file: string, tensor: ManifestTensor): Values[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new MoteError("bad-input", file, "is not JSON. Expected an array of numbers.");
  }
  const shape: number[] = [];
  for (let at: unknown = parsed; Array.isArray(at); at = at[0]) shape.push(at.length);
  const numbers: number[] = [];
  if (!collect(parsed, shape, 0, numbers)) {
    throw new MoteError(
      "bad-input",
      file,
      "expected numbers, or arrays of numbers that are all equally long, found something else.",
    );
  }
  return split(realToOwn(numbers, tensor, file), samplesIn(shape, tensor, file));
}

function collect(value: unknown, shape: readonly number[], depth: number, into: number[]): boolean {
  if (depth === shape.length) return typeof value === "number" && into.push(value) > 0;
  if (!Array.isArray(value) || value.length !== shape[depth]) return false;
  return value.every((entry) => collect(entry, shape, depth + 1, into));
}

/** The tensor's own values, little-endian, without a header: one sample, or several one after another. */
export function rawSamples(bytes: Uint8Array, file: string, tensor: ManifestTensor): Values[] {
  if (bytes.length === 0 || bytes.length % tensor.bytes !== 0) {
    const each = `${tensor.bytes} bytes (${elementCount(tensor.shape)} ${tensor.dtype})`;
    throw new MoteError(
      "bad-input",
      file,
      `${inputText(tensor)} takes ${each}, or a multiple for several samples, found ${bytes.length} bytes.`,
    );
  }
  return split(valuesOf(tensor.dtype, bytes), bytes.length / tensor.bytes);
}
