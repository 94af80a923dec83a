/** int8 layer normalization, scalar; the arithmetic is explained in codegen/ops/layer_normalization.ts. */

import { clamp } from "../fixed_point";

/**
 * `rows` runs of `depth` int8 values, depth in [1, 32768]. `parameters`: int64 epsilon, at least 1, in units of
 * 2^−`fraction`; int32 factors[depth]; int32 offsets[depth], to be shifted left by `offset_shift`. `fraction` is even;
 * normalized values have `value_bits` bits of fraction, results `shift` in [1, 61]. May work in place.
 */
export function layer_normalization_s8(
  input: usize,
  output: usize,
  rows: i32,
  depth: i32,
  parameters: usize,
  fraction: i32,
  value_bits: i32,
  shift: i32,
  offset_shift: i32,
  zero_point: i32,
): void {
  do {
    let end = input + depth;
    let sum = 0;
    let squares = 0;
    let p = input;
    do {
      let value = <i32>load<i8>(p);
      sum += value;
      squares += value * value;
      p += 1;
    } while (p < end);
    // depth² times the variance, which is below 2^44.
    let spread = <i64>depth * squares - <i64>sum * sum;
    let scaled = (spread << fraction) + load<i64>(parameters);
    let even = (<i32>clz(scaled) - 2) & ~1;
    scaled <<= even;
    // In [2^60, 2^62): Newton's steps from above end at its root, rounded down.
    let root: i64 = 1 << 31;
    let next = (root + scaled / root) >> 1;
    do {
      root = next;
      next = (root + scaled / root) >> 1;
    } while (next < root);
    let inverse = ((<i64>1) << 62) / root;
    // Below 1 only where all values are equal, so that their differences are 0.
    let exponent = max(62 - value_bits - ((fraction + even) >> 1), 1);
    p = parameters + 8;
    do {
      let difference = <i64>(depth * <i32>load<i8>(input) - sum);
      let value = (difference * inverse + ((<i64>1) << (exponent - 1))) >> exponent;
      let offset = (<i64>load<i32>(p + depth * 4)) << offset_shift;
      let result = (value * <i64>load<i32>(p) + offset + ((<i64>1) << (shift - 1))) >> shift;
      store<i8>(output, clamp(<i32>result + zero_point, -128, 127));
      input += 1;
      output += 1;
      p += 4;
    } while (input < end);
  } while (--rows);
}
