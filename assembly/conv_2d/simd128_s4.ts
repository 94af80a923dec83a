/**
 * int8 convolution and fully connected layers with int4 weights, SIMD128: eight values of four filters at a time; a 16-bit
 * lane holds the weights of all four, so that shifts of the whole vector unpack them.
 */

import { gather_patch } from "./portable";
import { load_bias_s4, store_output_s4 } from "./portable_s4";

/**
 * As conv_2d_s4 with one group, but for `weights`: tiles of 4 filters; for each 8 values 8 lanes of 16 bits, with the weight
 * of filter i in bits 4i to 4i + 3. What is missing of a tile or of 8 values is 0. Reads up to 7 bytes beyond a patch, which
 * meet zeros: the output may lie there, and change between two tiles.
 */
export function conv_2d_s4_simd128(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  filters: i32,
  batches: i32,
  kernel_height: i32,
  kernel_width: i32,
  stride_height: i32,
  stride_width: i32,
  dilation_height: i32,
  dilation_width: i32,
  pad_top: i32,
  pad_left: i32,
  weights: usize,
  biases: usize,
  bias_bytes: i32,
  factors: usize,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  patch: usize,
): void {
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      for (let out_x = 0; out_x < out_width; out_x++) {
        if (direct) {
          patch = input + (top * width + left) * channels;
        } else {
          inline.always(
            gather_patch(
              patch,
              input,
              height,
              width,
              channels,
              channels,
              top,
              left,
              kernel_height,
              kernel_width,
              dilation_height,
              dilation_width,
              input_zero_point,
            ),
          );
        }
        inline.always(
          dot_tiles_s4(
            patch,
            kernel_height * kernel_width * channels,
            weights,
            output,
            filters,
            biases,
            bias_bytes,
            factors,
            multiplier,
            exponent,
            right_only,
            output_zero_point,
            activation_min,
            activation_max,
          ),
        );
        output += filters;
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * channels;
  }
}

/** Multiplies a patch of `depth` values with all filters. */
function dot_tiles_s4(
  patch: usize,
  depth: i32,
  weights: usize,
  output: usize,
  filters: i32,
  biases: usize,
  bias_bytes: i32,
  factors: usize,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let patch_end = patch + depth;
  let end = output + filters;
  let bias = biases;
  let m = factors;
  let e = factors + filters * 4;
  do {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    let a2 = a0;
    let a3 = a0;
    let x = patch;
    do {
      let values = v128.load_ext<i8>(x);
      let w = v128.load(weights);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(values, i16x8.shr_s(i16x8.shl(w, 12), 12)));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(values, i16x8.shr_s(i16x8.shl(w, 8), 12)));
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(values, i16x8.shr_s(i16x8.shl(w, 4), 12)));
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(values, i16x8.shr_s(w, 12)));
      x += 8;
      weights += 16;
    } while (x < patch_end);
    let tile_end = min(output + 4, end);
    do {
      let sum = i32x4.extract_lane(a0, 0) + i32x4.extract_lane(a0, 1);
      sum += i32x4.extract_lane(a0, 2) + i32x4.extract_lane(a0, 3) + load_bias_s4(bias, bias_bytes);
      store_output_s4(output, sum, m, e, multiplier, exponent, right_only, zero_point, low, high);
      a0 = a1;
      a1 = a2;
      a2 = a3;
      bias += bias_bytes;
      m += 4;
      e += 1;
      output += 1;
    } while (output < tile_end);
  } while (output < end);
}
