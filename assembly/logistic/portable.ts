/** int16 sigmoid and tanh by one table (TFLite reference: integer_ops/logistic.h, integer_ops/tanh.h). */

/**
 * σ of an int16 number with 15 fraction bits. `table`: uint16[256], σ(i / 24) with 16 fraction bits. `value` times
 * `multiplier` in [0, 32767], shifted right by `shift` in [0, 31] with halves up, counts 1 / 12288; values beyond the table
 * saturate. `doubled`: 2σ(2x) − 1 = tanh x instead of σ(x).
 */
export function sigmoid_q15(value: i32, table: usize, multiplier: i32, shift: i32, doubled: i32): i32 {
  let scaled = (value * multiplier + (shift ? 1 << (shift - 1) : 0)) >> shift;
  // Fraction bits of a place between two entries; results have 16 more.
  let bits = doubled ? 8 : 9;
  let half = 1 << (bits + 15);
  let magnitude = abs(scaled);
  let at = table + ((magnitude >> bits) << 1);
  let result = doubled ? 0xffff << 8 : 0x7fff << 10;
  if (magnitude >> bits < 255) {
    let low = <i32>load<u16>(at);
    let place = magnitude & ((1 << bits) - 1);
    result = (low << bits) + place * (<i32>load<u16>(at, 2) - low);
  }
  // Below 0 the function is one minus itself, or its own opposite; halves go up on both sides.
  result = ((result - half) ^ (scaled >> 31)) + (doubled ? 1 << 7 : half + (1 << 9));
  return result >> (doubled ? 8 : 10);
}

/** `sigmoid_q15` of `count` ≥ 1 int16 elements, zero points 0, output scale 2^-15; may work in place. */
export function logistic_s16(
  input: usize,
  output: usize,
  count: i32,
  table: usize,
  multiplier: i32,
  shift: i32,
  doubled: i32,
): void {
  let end = input + (count << 1);
  do {
    store<i16>(output, sigmoid_q15(load<i16>(input), table, multiplier, shift, doubled));
    input += 2;
    output += 2;
  } while (input < end);
}
