/** Quantized activations to float32 (TFLite reference: dequantize.h). */

/** `count` ≥ 1 integers of `bytes` (1 or 2), signed or not: scale · (value − zero point), rounded once. */
export function dequantize_f32(
  input: usize,
  bytes: i32,
  signed: i32,
  output: usize,
  count: i32,
  scale_bits: i32,
  zero_point: i32,
): void {
  let scale = reinterpret<f32>(scale_bits);
  do {
    let value: i32;
    if (bytes == 2) value = <i32>load<i16>(input);
    else if (signed) value = <i32>load<i8>(input);
    else value = <i32>load<u8>(input);
    store<f32>(output, scale * <f32>(value - zero_point));
    input += bytes;
    output += 4;
    count -= 1;
  } while (count);
}
