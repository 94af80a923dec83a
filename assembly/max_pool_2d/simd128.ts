/** Max pooling with SIMD128: sixteen bytes of channels at a time. */

import { load_short, store_short } from "../short_vectors_simd128";

/** As max_pool_2d; reads and writes no byte beyond the tensors. */
export function max_pool_2d_simd128(
  bytes: i32,
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
        let count = 16;
        if (pixel_bytes & 15 && rest < 16) count = pixel_bytes & 15;
        // Starting from the lower limit is the lower half of the clamp.
        let highest = bytes == 1 ? i8x16.splat(<i8>activation_min) : i16x8.splat(<i16>activation_min);
        let start = first;
        let row = rows;
        do {
          let p = start;
          let end = p + columns * pixel_bytes;
          do {
            let values = count < 16 ? inline.always(load_short(p, count)) : v128.load(p);
            highest = bytes == 1 ? i8x16.max_s(highest, values) : i16x8.max_s(highest, values);
            p += pixel_bytes;
          } while (p < end);
          start += width * pixel_bytes;
        } while (--row);
        if (bytes == 1) highest = i8x16.min_s(highest, i8x16.splat(<i8>activation_max));
        else highest = i16x8.min_s(highest, i16x8.splat(<i16>activation_max));
        if (count < 16) inline.always(store_short(output, highest, count));
        else v128.store(output, highest);
        output += count;
        first += 16;
        rest -= 16;
      } while (rest > 0);
      x += stride_width;
    } while (--column);
    y += stride_height;
  } while (--out_height);
}
