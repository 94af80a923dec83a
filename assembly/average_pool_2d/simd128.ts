/** int8 average pooling with SIMD128: eight channels at a time. */

import { load_short, store_short } from "../short_vectors_simd128";

/** As average_pool_2d of int8; reads and writes no byte beyond the tensors. */
export function average_pool_2d_s8_simd128(
  input: usize,
  height: i32,
  width: i32,
  pixel_bytes: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  window_height: i32,
  window_width: i32,
  stride_height: i32,
  stride_width: i32,
  pad_top: i32,
  pad_left: i32,
  activation_min: i32,
  activation_max: i32,
): void {
  let y = -pad_top;
  do {
    let top = max(y, 0);
    let rows = min(y + window_height, height) - top;
    let x = -pad_left;
    let column = out_width;
    do {
      let left = max(x, 0);
      let columns = min(x + window_width, width) - left;
      let first = input + (top * width + left) * pixel_bytes;
      let rest = pixel_bytes;
      do {
        let count = 8;
        if (pixel_bytes & 7 && rest < 8) count = pixel_bytes & 7;
        let low = i32x4.splat(0);
        let high = low;
        let start = first;
        let row = rows;
        do {
          let p = start;
          let end = p + columns * pixel_bytes;
          do {
            let values =
              count < 8
                ? i16x8.extend_low_i8x16_s(inline.always(load_short(p, count)))
                : v128.load_ext<i8>(p);
            low = i32x4.add(low, i32x4.extend_low_i16x8_s(values));
            high = i32x4.add(high, i32x4.extend_high_i16x8_s(values));
            p += pixel_bytes;
          } while (p < end);
          start += width * pixel_bytes;
        } while (--row);
        low = inline.always(divide(low, rows * columns));
        high = inline.always(divide(high, rows * columns));
        let bytes = i16x8.narrow_i32x4_s(low, high);
        bytes = i8x16.narrow_i16x8_s(bytes, bytes);
        bytes = i8x16.max_s(bytes, i8x16.splat(<i8>activation_min));
        bytes = i8x16.min_s(bytes, i8x16.splat(<i8>activation_max));
        if (count < 8) inline.always(store_short(output, bytes, count));
        else v128.store_lane<i64>(output, bytes, 0);
        output += count;
        first += 8;
        rest -= 8;
      } while (rest > 0);
      x += stride_width;
    } while (--column);
    y += stride_height;
  } while (--out_height);
}

/**
 * Sums of `count` int8 values, of less than 2^16, by `count`, halves away from zero. Dividends stay below 2^24, so that
 * float32 holds them; a quotient that is not whole lies further below the next whole number than float32 rounds.
 */
function divide(sums: v128, count: i32): v128 {
  let signs = i32x4.shr_s(sums, 31);
  let halves = i32x4.sub(v128.xor(i32x4.splat(count >> 1), signs), signs);
  let dividends = f32x4.convert_i32x4_s(i32x4.add(sums, halves));
  return i32x4.trunc_sat_f32x4_s(f32x4.div(dividends, f32x4.splat(<f32>count)));
}
