/** Places that computed indices name: how kernels keep them within a tensor. */

import { require } from "../../error.ts";
import { clamp } from "../../graph/fixed_point.ts";
import { bytesOf, type Tensor } from "../../graph/tensor.ts";
import type { Packed } from "../descriptor.ts";

/** Throws an `OperatorFault` unless indices have a type that the kernels read. */
export function checkIndexType(tensor: Tensor | undefined): void {
  require(tensor?.dtype === "int32" || tensor?.dtype === "int64", () =>
    `expects indices of int32 or int64, found ${tensor?.dtype ?? "none"}. Cast them before it.`);
}

/** The nearest indices to `indices` that are at most `last`, dimension by dimension, and not negative. */
export function kept(indices: readonly number[], last: readonly number[]): number[] {
  return last.map((most, d) => clamp(indices[d] ?? 0, 0, most));
}

/** The table of `place_of` (assembly/gather/portable.ts): for each dimension its last index and its step in bytes, as int32. */
export function placeTable(last: readonly number[], steps: readonly number[]): Packed {
  const words = last.flatMap((most, d) => [most, steps[d] ?? 0]);
  return { places: { bytes: bytesOf(Int32Array.from(words)), align: 4, role: "tables" } };
}
