/**
 * 16x8 convolution and fully connected layers, scalar: int16 activations, int8 weights, int64 sums (TFLite reference:
 * integer_ops/conv.h). As in conv_2d_s8, each output pixel's patch of input becomes one run of values.
 */

import { clamp, requantize, requantize_wide } from "../fixed_point";
import { gather_patch } from "./portable";

/**
 * NHWC input and output, int16 with zero points of 0. `weights`: as in conv_2d_s8. `channel_parameters`: int64 bias[filters]
 * where `wide_bias`, int32 otherwise; then, unless `multiplier` (per tensor) is given, multiplier[filters] and
 * int8 exponent[filters]. They are int16 in [0, 2^15) and a right shift in [1, 46] where sums are int64 within ±2^47 and
 * rounded once; where `rounds_twice`, sums wrap as int32, multipliers are int32 in Q31 and right shifts in [-30, 31].
 * `run`: how many products in a row can be added up in 32 bits, even unless it is the whole patch. `direct`: each patch is
 * already one run of the input, so `patch` (scratch of a patch's bytes) is not used.
 */
export function conv_2d_s16(
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
  channel_parameters: usize,
  wide_bias: i32,
  multiplier: i32,
  exponent: i32,
  rounds_twice: i32,
  activation_min: i32,
  activation_max: i32,
  run: i32,
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
            patch = input + (top * width + left) * channels * 2;
          } else {
            // An int16 channel is two of bytes, and the zero point is 0 in both.
            inline.always(
              gather_patch(
                patch,
                input + group * group_channels * 2,
                height,
                width,
                channels * 2,
                group_channels * 2,
                top,
                left,
                kernel_height,
                kernel_width,
                dilation_height,
                dilation_width,
                0,
              ),
            );
          }
          inline.always(
            dot_filters_s16(
              patch,
              depth,
              weights + group * group_filters * depth,
              output,
              group_filters,
              channel_parameters,
              filters,
              group * group_filters,
              wide_bias,
              multiplier,
              exponent,
              rounds_twice,
              activation_min,
              activation_max,
              run,
              tiled,
            ),
          );
          output += group_filters * 2;
        }
        left += stride_width;
      }
      top += stride_height;
    }
    input += height * width * channels * 2;
  }
}

/** Multiplies a patch of `depth` values with `count` filters, the first of which has index `first` of `filters`. */
function dot_filters_s16(
  patch: usize,
  depth: i32,
  weights: usize,
  output: usize,
  count: i32,
  channel_parameters: usize,
  filters: i32,
  first: i32,
  wide_bias: i32,
  multiplier: i32,
  exponent: i32,
  rounds_twice: i32,
  low: i32,
  high: i32,
  run: i32,
  tiled: i32,
): void {
  let bias = channel_parameters + (first << (2 + wide_bias));
  let m = channel_parameters + (filters << (2 + wide_bias)) + (first << (1 + rounds_twice));
  let e = channel_parameters + (filters << (2 + wide_bias)) + (filters << (1 + rounds_twice)) + first;
  let bias_step = 4 << wide_bias;
  let m_step = 2 << rounds_twice;
  let end = output + count * 2;
  let patch_end = patch + depth * 2;
  if (tiled) {
    while (output + 8 <= end) {
      let s0 = load_bias(bias, wide_bias);
      let s1 = load_bias(bias + bias_step, wide_bias);
      let s2 = load_bias(bias + 2 * bias_step, wide_bias);
      let s3 = load_bias(bias + 3 * bias_step, wide_bias);
      let x = patch;
      if (depth & 1) {
        let value = <i32>load<i16>(x);
        s0 += <i64>(value * load<i8>(weights));
        s1 += <i64>(value * load<i8>(weights, 1));
        s2 += <i64>(value * load<i8>(weights, 2));
        s3 += <i64>(value * load<i8>(weights, 3));
        x += 2;
        weights += 4;
      }
      if (depth >= 2) {
        do {
          let stop = run < depth ? min(x + run * 2, patch_end) : patch_end;
          let a0 = 0;
          let a1 = 0;
          let a2 = 0;
          let a3 = 0;
          do {
            let value = <i32>load<i16>(x);
            a0 += value * load<i8>(weights);
            a1 += value * load<i8>(weights, 1);
            a2 += value * load<i8>(weights, 2);
            a3 += value * load<i8>(weights, 3);
            value = <i32>load<i16>(x, 2);
            a0 += value * load<i8>(weights, 4);
            a1 += value * load<i8>(weights, 5);
            a2 += value * load<i8>(weights, 6);
            a3 += value * load<i8>(weights, 7);
            x += 4;
            weights += 8;
          } while (x < stop);
          s0 += <i64>a0;
          s1 += <i64>a1;
          s2 += <i64>a2;
          s3 += <i64>a3;
        } while (run < depth && x < patch_end);
      }
      store_output_s16(output, s0, m, e, multiplier, exponent, rounds_twice, low, high);
      store_output_s16(output + 2, s1, m + m_step, e + 1, multiplier, exponent, rounds_twice, low, high);
      store_output_s16(output + 4, s2, m + 2 * m_step, e + 2, multiplier, exponent, rounds_twice, low, high);
      store_output_s16(output + 6, s3, m + 3 * m_step, e + 3, multiplier, exponent, rounds_twice, low, high);
      output += 8;
      bias += 4 * bias_step;
      m += 4 * m_step;
      e += 4;
    }
  }
  while (output < end) {
    let sum = load_bias(bias, wide_bias);
    let x = patch;
    do {
      let stop = run < depth ? min(x + run * 2, patch_end) : patch_end;
      let acc = 0;
      do {
        acc += <i32>load<i16>(x) * load<i8>(weights);
        x += 2;
        weights += 1;
      } while (x < stop);
      sum += <i64>acc;
    } while (run < depth && x < patch_end);
    inline.always(store_output_s16(output, sum, m, e, multiplier, exponent, rounds_twice, low, high));
    output += 2;
    bias += bias_step;
    m += m_step;
    e += 1;
  }
}

/** The bias at `address`, int64 where `wide_bias`, otherwise int32. */
export function load_bias(address: usize, wide_bias: i32): i64 {
  return wide_bias ? load<i64>(address) : <i64>load<i32>(address);
}

/** Scales a sum by the factor of its channel (or by `multiplier`, if given) and stores one int16. */
export function store_output_s16(
  output: usize,
  sum: i64,
  multipliers: usize,
  exponents: usize,
  multiplier: i32,
  exponent: i32,
  rounds_twice: i32,
  low: i32,
  high: i32,
): void {
  if (!multiplier) {
    multiplier = rounds_twice ? load<i32>(multipliers) : <i32>load<i16>(multipliers);
    exponent = <i32>load<i8>(exponents);
  }
  let scaled = rounds_twice
    ? requantize(<i32>sum, multiplier, -exponent)
    : requantize_wide(sum, multiplier, exponent);
  store<i16>(output, clamp(scaled, low, high));
}
