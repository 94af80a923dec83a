/**
 * int8 convolution and fully connected layers with int4 weights, scalar: two weights a byte, taken apart where they are
 * multiplied (TFLite reference: integer_ops/conv.h, after its unpacking of int4).
 */

import { clamp, requantize, requantize_once, requantize_right } from "../fixed_point";
import { gather_patch } from "./portable";

/**
 * As conv_2d_s8, but for constants. `weights`: each filter is a run of bytes, the first of two values in the low half; where
 * a filter's values are odd, the last half is 0. Where `tiled`, runs of 4 filters are interleaved byte by byte. A patch is
 * read to an even end, so that one byte behind it is multiplied with that 0.
 *
 * `biases`: a bias of `bias_bytes` (2 to 4) for each filter, with the input's zero point folded in; the address is that of
 * the four bytes that end with the first. `factors`: unless `multiplier` (per tensor) is given, int32 multiplier[filters], and
 * where `exponent` is 0, int8 exponent[filters] behind them. Where `multiplier` is 0 and `exponent` is not, it is the least
 * one: bits 30 and 31 of each multiplier say how much to add, and bit 30 of the multiplier itself is set, bit 31 not.
 */
export function conv_2d_s4(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  filters: i32,
  groups: i32,
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
  tiled: i32,
): void {
  let group_channels = channels / groups;
  let group_filters = filters / groups;
  let depth = kernel_height * kernel_width * group_channels;
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    for (let out_y = 0; out_y < out_height; out_y++) {
      let left = -pad_left;
      for (let out_x = 0; out_x < out_width; out_x++) {
        for (let group = 0; group < groups; group++) {
          if (direct) {
            patch = input + (top * width + left) * channels;
          } else {
            inline.always(
              gather_patch(
                patch,
                input + group * group_channels,
                height,
                width,
                channels,
                group_channels,
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
            dot_filters_s4(
              patch,
              depth,
              weights + group * group_filters * ((depth + 1) >> 1),
              output,
              group_filters,
              biases,
              bias_bytes,
              factors,
              filters,
              group * group_filters,
              multiplier,
              exponent,
              right_only,
              output_zero_point,
              activation_min,
              activation_max,
              tiled,
            ),
          );
          output += group_filters;
        }
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * channels;
  }
}

/** Multiplies a patch of `depth` values with `count` filters, the first of which has index `first` of `filters`. */
function dot_filters_s4(
  patch: usize,
  depth: i32,
  weights: usize,
  output: usize,
  count: i32,
  biases: usize,
  bias_bytes: i32,
  factors: usize,
  filters: i32,
  first: i32,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  zero_point: i32,
  low: i32,
  high: i32,
  tiled: i32,
): void {
  let bias = biases + first * bias_bytes;
  let m = factors + first * 4;
  let e = factors + filters * 4 + first;
  let end = output + count;
  let patch_end = patch + depth;
  if (tiled) {
    while (output + 4 <= end) {
      let a0 = load_bias_s4(bias, bias_bytes);
      let a1 = load_bias_s4(bias + bias_bytes, bias_bytes);
      let a2 = load_bias_s4(bias + 2 * bias_bytes, bias_bytes);
      let a3 = load_bias_s4(bias + 3 * bias_bytes, bias_bytes);
      let x = patch;
      do {
        let x0 = <i32>load<i8>(x);
        let x1 = <i32>load<i8>(x, 1);
        let w = <i32>load<i8>(weights);
        a0 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        w = <i32>load<i8>(weights, 1);
        a1 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        w = <i32>load<i8>(weights, 2);
        a2 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        w = <i32>load<i8>(weights, 3);
        a3 += x0 * ((w << 28) >> 28) + x1 * (w >> 4);
        x += 2;
        weights += 4;
      } while (x < patch_end);
      store_output_s4(output, a0, m, e, multiplier, exponent, right_only, zero_point, low, high);
      store_output_s4(
        output + 1,
        a1,
        m + 4,
        e + 1,
        multiplier,
        exponent,
        right_only,

        zero_point,
        low,
        high,
      );
      store_output_s4(
        output + 2,
        a2,
        m + 8,
        e + 2,
        multiplier,
        exponent,
        right_only,

        zero_point,
        low,
        high,
      );
      store_output_s4(
        output + 3,
        a3,
        m + 12,
        e + 3,
        multiplier,
        exponent,
        right_only,

        zero_point,
        low,
        high,
      );
      output += 4;
      bias += 4 * bias_bytes;
      m += 16;
      e += 4;
    }
  }
  while (output < end) {
    let acc = load_bias_s4(bias, bias_bytes);
    let x = patch;
    do {
      let w = <i32>load<i8>(weights);
      acc += <i32>load<i8>(x) * ((w << 28) >> 28) + <i32>load<i8>(x, 1) * (w >> 4);
      x += 2;
      weights += 1;
    } while (x < patch_end);
    inline.always(
      store_output_s4(
        output,
        acc,
        m,
        e,
        multiplier,
        exponent,
        right_only,

        zero_point,
        low,
        high,
      ),
    );
    output += 1;
    bias += bias_bytes;
    m += 4;
    e += 1;
  }
}

/** The bias whose last byte is the last of the four at `address`. */
export function load_bias_s4(address: usize, bias_bytes: i32): i32 {
  return load<i32>(address) >> (32 - bias_bytes * 8);
}

/** Scales a sum by the factor of its channel (or by `multiplier`, if given) and stores one int8. */
export function store_output_s4(
  output: usize,
  acc: i32,
  multipliers: usize,
  exponents: usize,
  multiplier: i32,
  exponent: i32,
  right_only: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  if (!multiplier) {
    multiplier = load<i32>(multipliers);
    if (exponent) {
      exponent += multiplier >>> 30;
      multiplier = (multiplier & 0x3fffffff) | 0x40000000;
    } else {
      exponent = <i32>load<i8>(exponents);
    }
  }
  let scaled =
    right_only == 2
      ? requantize_once(acc, multiplier, exponent)
      : right_only
        ? requantize_right(acc, multiplier, exponent)
        : requantize(acc, multiplier, -exponent);
  store<i8>(output, clamp(scaled + zero_point, low, high));
}
