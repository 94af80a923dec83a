/** int16 √x by floats (LiteRT: elementwise.cc, SqrtEvalQuantized). */

/**
 * `count` ≥ 1 int16 elements, zero points 0: √(scale · x) / output scale, rounded down, at most 32767; 0 for x < 0. May
 * work in place. Never traps: the quotient is not NaN, and kept within int16 before it becomes an integer.
 */
export function sqrt_s16(
  input: usize,
  output: usize,
  count: i32,
  input_scale_bits: i32,
  output_scale_bits: i32,
): void {
  let input_scale = reinterpret<f32>(input_scale_bits);
  let output_scale = reinterpret<f32>(output_scale_bits);
  let end = input + (count << 1);
  do {
    let value = max(<i32>load<i16>(input), 0);
    let steps = sqrt<f32>(input_scale * <f32>value) / output_scale;
    store<i16>(output, <i32>min<f32>(steps, 32767));
    input += 2;
    output += 2;
  } while (input < end);
}
