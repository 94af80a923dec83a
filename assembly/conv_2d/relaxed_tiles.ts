/**
 * The convolution of relaxed SIMD: four pixels and eight filters at a time. A vector lane sums one filter, so nothing is added
 * across lanes; four input values are loaded into all lanes at once and multiplied with four weights of each filter.
 */

import { requantize_pixels } from "../fixed_point_simd128";
import { copy_flipped, dot_bytes, high_halves, low_halves, sum_bytes, takes_unsigned } from "../relaxed_dot";
import { store_bytes } from "../short_vectors_simd128";
import { gather_flipped } from "./relaxed_patch";

/**
 * Parameters as in conv_2d_s8_relaxed (relaxed.ts), and the `bits` of weights: 8, 7 (relaxed_7.ts) or 4 (relaxed_s4.ts). Patches are padded to a
 * multiple of 16 bytes, where their values are summed with zeros.
 */
export function convolve_relaxed(
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
  channel_parameters: usize,
  uniform_exponent: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  patch: usize,
  bits: i32,
): void {
  let depth = kernel_height * kernel_width * channels;
  let step = (depth + 15) & ~15;
  let unsigned = bits < 8 ? i32x4.splat(0) : inline.always(takes_unsigned());
  let flips = v128.and(unsigned, i8x16.splat(-128));
  let outside = v128.xor(i8x16.splat(<i8>input_zero_point), flips);
  // Of a patch's last vector the bytes that are values.
  let places = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  let inside = i8x16.lt_s(places, i8x16.splat(<i8>(depth & 15)));
  // Where windows lie one behind another, a tile of pixels is one run of the input.
  let run = direct && batches * out_height == 1 && step == stride_width * channels;
  let pixels = batches * out_height * out_width;
  let right = out_width * stride_width - pad_left;
  let bottom = out_height * stride_height - pad_top;
  let top = -pad_top;
  let left = -pad_left;
  do {
    let count = min(pixels, 4);
    if (run) {
      copy_flipped(patch, input, count * step, flips);
      input += count * step;
    } else {
      let at = patch;
      let end = patch + count * step;
      do {
        inline.always(
          gather_flipped(
            at,
            input,
            height,
            width,
            channels,
            top,
            left,
            kernel_height,
            kernel_width,
            dilation_height,
            dilation_width,
            outside,
            flips,
          ),
        );
        if (bits < 8 && step != depth) {
          let last = at + (step - 16);
          v128.store(last, v128.and(v128.load(last), inside));
        }
        at += step;
        left += stride_width;
        if (left == right) {
          left = -pad_left;
          top += stride_height;
          if (top == bottom) {
            top = -pad_top;
            input += height * width * channels;
          }
        }
      } while (at < end);
    }
    inline.always(
      dot_four_pixels(
        patch,
        step,
        (depth + 3) & ~3,
        count - 1,
        weights,
        output,
        filters,
        channel_parameters,
        unsigned,
        uniform_exponent,
        output_zero_point,
        activation_min,
        activation_max,
        bits,
      ),
    );
    output += 4 * filters;
    pixels -= 4;
  } while (pixels > 0);
}

/**
 * All filters of four pixels, each `step` bytes after the one before, of `depth` values, a multiple of 4. Those behind pixel
 * `last` are it again, to the same place.
 */
function dot_four_pixels(
  first: usize,
  step: i32,
  depth: i32,
  last: i32,
  weights: usize,
  output: usize,
  filters: i32,
  parameters: usize,
  unsigned: v128,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  bits: i32,
): void {
  let second = min(last, 1);
  let third = min(last, 2);
  let to1 = second * filters;
  let to2 = third * filters;
  let to3 = last * filters;
  let x1 = second * step;
  let x2 = third * step;
  let x3 = last * step;
  let sum0 = i32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  if (bits < 8) {
    sum0 = sum_bytes(first, step);
    sum1 = sum_bytes(first + x1, step);
    sum2 = sum_bytes(first + x2, step);
    sum3 = sum_bytes(first + x3, step);
  }
  let first_end = first + depth;
  do {
    let a0 = v128.load(parameters);
    let a1 = v128.load(parameters, 64);
    let corrections0 = v128.load(parameters, 48);
    let corrections1 = v128.load(parameters, 112);
    let b0 = a0;
    let b1 = a1;
    let c0 = a0;
    let c1 = a1;
    let d0 = a0;
    let d1 = a1;
    if (bits < 8) {
      a0 = i32x4.add(a0, i32x4.mul(corrections0, sum0));
      a1 = i32x4.add(a1, i32x4.mul(corrections1, sum0));
      b0 = i32x4.add(b0, i32x4.mul(corrections0, sum1));
      b1 = i32x4.add(b1, i32x4.mul(corrections1, sum1));
      c0 = i32x4.add(c0, i32x4.mul(corrections0, sum2));
      c1 = i32x4.add(c1, i32x4.mul(corrections1, sum2));
      d0 = i32x4.add(d0, i32x4.mul(corrections0, sum3));
      d1 = i32x4.add(d1, i32x4.mul(corrections1, sum3));
    } else {
      a0 = i32x4.add(a0, v128.and(corrections0, unsigned));
      a1 = i32x4.add(a1, v128.and(corrections1, unsigned));
      b0 = a0;
      b1 = a1;
      c0 = a0;
      c1 = a1;
      d0 = a0;
      d1 = a1;
    }
    let x = first;
    do {
      let w0 = v128.load(weights);
      let w1 = w0;
      if (bits == 4) {
        w1 = inline.always(high_halves(w0));
        w0 = inline.always(low_halves(w0));
        weights += 16;
      } else {
        w1 = v128.load(weights, 16);
        weights += 32;
      }
      let four = v128.load32_splat(x);
      a0 = inline.always(dot_bytes(four, w0, a0, bits));
      a1 = inline.always(dot_bytes(four, w1, a1, bits));
      four = v128.load32_splat(x + x1);
      b0 = inline.always(dot_bytes(four, w0, b0, bits));
      b1 = inline.always(dot_bytes(four, w1, b1, bits));
      four = v128.load32_splat(x + x2);
      c0 = inline.always(dot_bytes(four, w0, c0, bits));
      c1 = inline.always(dot_bytes(four, w1, c1, bits));
      four = v128.load32_splat(x + x3);
      d0 = inline.always(dot_bytes(four, w0, d0, bits));
      d1 = inline.always(dot_bytes(four, w1, d1, bits));
      x += 4;
    } while (x < first_end);
    let bytes0 = inline.always(
      requantize_pixels(a0, a1, b0, b1, parameters, 64, uniform_exponent, zero_point, low, high),
    );
    let bytes1 = inline.always(
      requantize_pixels(c0, c1, d0, d1, parameters, 64, uniform_exponent, zero_point, low, high),
    );
    parameters += 128;
    filters -= 8;
    // Backwards, so that a pixel overwrites what stands for those behind the last.
    if (filters >= 0) {
      v128.store_lane<i64>(output + to3, bytes1, 1);
      v128.store_lane<i64>(output + to2, bytes1, 0);
      v128.store_lane<i64>(output + to1, bytes0, 1);
      v128.store_lane<i64>(output, bytes0, 0);
      output += 8;
    } else {
      store_bytes(output + to3, i64x2.extract_lane(bytes1, 1), filters + 8);
      store_bytes(output + to2, i64x2.extract_lane(bytes1, 0), filters + 8);
      store_bytes(output + to1, i64x2.extract_lane(bytes0, 1), filters + 8);
      store_bytes(output, i64x2.extract_lane(bytes0, 0), filters + 8);
    }
  } while (filters > 0);
}
