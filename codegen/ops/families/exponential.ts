/** How softmax scales its input, and its exponentials by difference from a row's largest value (TFLite: softmax.cc). */

import { type FixedFactor, fixedFactor, highMultiply } from "../../graph/fixed_point.ts";
import { expOnNegative } from "../../graph/fixed_point_functions.ts";
import type { Style } from "../descriptor.ts";

/** Integer bits of a scaled difference. */
const INTEGER_BITS = 5;

/** How softmax scales a difference from the largest value of a row: to Q5.26, and up to which one it counts. */
export interface DifferenceScale extends FixedFactor {
  readonly largest: number;
}

/** `factor`: beta times the input's scale, above 2^-26. */
export function differenceScale(factor: number): DifferenceScale {
  const { multiplier, shift } = fixedFactor(Math.min(factor * 2 ** 26, 2 ** 31 - 1));
  return { multiplier, shift, largest: Math.floor((31 * 2 ** 26) / 2 ** shift) };
}

/** Softmax's exponentials by difference from the largest value of a row: Q31, for differences 0 to 255. */
export function softmaxExponentials({ multiplier, shift, largest }: DifferenceScale): Int32Array {
  return Int32Array.from({ length: 256 }, (_, difference) =>
    difference > largest
      ? 0
      : expOnNegative(highMultiply(-difference * 2 ** shift, multiplier), INTEGER_BITS),
  );
}

/** Bytes of code that computing exponentials takes, about: a table is the smaller choice where it has fewer. */
const COMPUTE_BYTES = 250;

/** Whether a kernel computes its exponentials, instead of a table with one for every difference that counts. */
export function computesExponentials({ largest }: DifferenceScale, style: Style): boolean {
  return style.compact && largest * 4 > COMPUTE_BYTES;
}
