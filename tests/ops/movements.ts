/** Operators that only move elements, as a file brings them: one input, parameters, one output of the same numbers. */

import type { DType, Tensor } from "../../codegen/graph/tensor.ts";
import { type FileOperatorCase, tensor } from "./file_operator.ts";
import type { Random } from "./random_values.ts";

export interface Movement {
  readonly shape: readonly number[];
  /** The inputs after the first. */
  readonly parameters: readonly Tensor[];
  readonly output: readonly number[];
  readonly options?: Readonly<Record<string, number>>;
  readonly dtype?: DType;
}

export function moved(
  spelling: string,
  { shape, parameters, output, options = {}, dtype = "int8" }: Movement,
): FileOperatorCase {
  return {
    spelling,
    inputs: [tensor(shape, 0.05, 3, dtype), ...parameters],
    outputs: [tensor(output, 0.05, 3, dtype)],
    options,
  };
}

/** A shape of `least` to `most` dimensions of up to `size`. */
export function randomShape(random: Random, least: number, most: number, size = 4): number[] {
  return Array.from({ length: random.int(least, most) }, () => random.int(1, size));
}

/** Mostly int8, or another type. */
export function randomType(random: Random): DType {
  return random.pick<DType>(["int8", "int8", "int16", "float32", "bool", "int64"]);
}

/** 0, 1, 2 and so on. */
export function counting(count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, index) => index);
}
