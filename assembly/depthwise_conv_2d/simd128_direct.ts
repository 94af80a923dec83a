/** int8 depthwise convolution with SIMD128 that reads each window where it lies, for outputs too few to repay rows of pairs. */

import { requantize_pixels } from "../fixed_point_simd128";
import { high_pairs, low_pairs } from "./simd128_pairs";
import { store_tile } from "./simd128_store";

/**
 * Parameters as in depthwise_conv_2d_s8 of a filter for each channel and windows inside the input; `channel_parameters` and
 * `uniform_exponent` as in conv_2d_s8_simd128. `weights`: per tile of 8 channels and pair of taps, in the order of rows, a
 * vector of 8 pairs of int8, the last one's second tap 0 where there is none. `scratch`: 4 bytes for each tap, an even
 * number. Reads up to 7 bytes beyond a pixel.
 */
export function depthwise_conv_2d_s8_simd128_direct(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  batches: i32,
  kernel_height: i32,
  kernel_width: i32,
  stride_height: i32,
  stride_width: i32,
  dilation_height: i32,
  dilation_width: i32,
  weights: usize,
  channel_parameters: usize,
  uniform_exponent: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  scratch: usize,
): void {
  let row_step = dilation_height * width * channels;
  let taps_end = scratch;
  for (let row = 0; row < kernel_height * row_step; row += row_step) {
    for (let column = 0; column < kernel_width; column++) {
      store<usize>(taps_end, row + column * dilation_width * channels);
      taps_end += 4;
    }
  }
  if ((kernel_height * kernel_width) & 1) {
    store<usize>(taps_end, 0);
    taps_end += 4;
  }
  for (let batch = 0; batch < batches; batch++) {
    for (let out_y = 0; out_y < out_height; out_y++) {
      let pixel = input + out_y * stride_height * width * channels;
      for (let out_x = 0; out_x < out_width; out_x++) {
        let parameters = channel_parameters;
        let w = weights;
        let x = pixel;
        for (let rest = channels; rest > 0; rest -= 8) {
          let low = v128.load(parameters);
          let high = v128.load(parameters, 48);
          let t = scratch;
          do {
            let u = v128.load_ext<i8>(x + load<usize>(t));
            let v = v128.load_ext<i8>(x + load<usize>(t, 4));
            low = i32x4.add(low, i32x4.dot_i16x8_s(inline.always(low_pairs(u, v)), v128.load_ext<i8>(w)));
            high = i32x4.add(
              high,
              i32x4.dot_i16x8_s(inline.always(high_pairs(u, v)), v128.load_ext<i8>(w, 8)),
            );
            t += 8;
            w += 16;
          } while (t < taps_end);
          let bytes = inline.always(
            requantize_pixels(
              low,
              high,
              low,
              high,
              parameters,
              48,
              uniform_exponent,
              output_zero_point,
              activation_min,
              activation_max,
            ),
          );
          inline.always(store_tile(output + (x - pixel), bytes, channels, rest, false));
          parameters += 96;
          x += 8;
        }
        output += channels;
        pixel += stride_width * channels;
      }
    }
    input += height * width * channels;
  }
}
