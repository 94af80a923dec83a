/**
 * int8 convolution and fully connected layers for interpreters: three pixels share an i64 (assembly/lanes.ts), so that each
 * weight is loaded and multiplied once for all three.
 */

import { copy_from_flash } from "../flash";
import { LANE_BITS, LANE_MASK, LANES_START, lane_addend, store_lane } from "../lanes";
import { gather_words, pack_pixels } from "./lanes_pixels";

/** Bytes between the sums of one part of the depth and those of the next: a tile's. */
const TILE_BYTES: i32 = 32;

/**
 * Parameters as in conv_2d_s8, but one group. `weights`: tiles of 4 filters interleaved value by value, `depth` padded with
 * zeros to a multiple of 4 and filters to one of 4. `channel_parameters`: int32 bias[filters] minus what lanes start
 * with; then, unless `multiplier` is given, uint32 multiplier[filters] and the lifts, by which a filter's own shift is less
 * than `shift`, in [1, 54]: uint8 lift[filters] where `lift_bytes`, else in bits 30 and 31 of the multiplier, in which the
 * lower one is always set and the upper one never. `once`: sums are rounded once. `two_sided`: see `store_lane`. Sums of more
 * than `part` values could overflow a lane, so they are added up from `parts`. `direct`: the patches of pixels are runs of
 * the input, `stride_width` · `channels` bytes apart, and there is one row of pixels. `scratch`: 8 · depth + 32 · parts bytes
 * and, unless `direct`, the patches of three pixels and 8 bytes. Where `piece` is not 0, `weights` is their position in flash,
 * and every three pixels so many bytes of them, whole tiles, are copied into `buffer` time after time. Reads up to 7 bytes
 * beyond the input, which meet zero weights.
 */
export function conv_2d_s8_lanes(
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
  multiplier: i32,
  lift_bytes: i32,
  shift: i32,
  once: i32,
  two_sided: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  direct: i32,
  part: i32,
  parts: i32,
  scratch: usize,
  piece: i32,
  buffer: usize,
): void {
  let patch_bytes = kernel_height * kernel_width * channels;
  let words_end = scratch + ((patch_bytes + 3) & ~3) * 8;
  let patches = words_end + parts * TILE_BYTES;
  let left_end = out_width * stride_width - pad_left;
  for (let batch = 0; batch < batches; batch++) {
    let top = -pad_top;
    let left = -pad_left;
    let map_end = output + out_height * out_width * filters;
    do {
      // The last pixels of a map stand for those that are missing.
      let second = output + filters < map_end ? filters : 0;
      let third = output + 2 * filters < map_end ? 2 * filters : second;
      let a = patches;
      let b = patches + patch_bytes;
      let c = b + patch_bytes;
      if (direct) {
        a = input + left * channels;
        b = second ? a + stride_width * channels : a;
        c = third > second ? b + stride_width * channels : b;
        left += 3 * stride_width;
      } else {
        let at = patches;
        do {
          inline.always(
            gather_words(
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
              input_zero_point,
            ),
          );
          at += patch_bytes;
          left += stride_width;
          if (left == left_end) {
            left = -pad_left;
            top += stride_height;
          }
        } while (at <= c);
      }
      inline.always(pack_pixels(scratch, words_end, a, b, c));
      inline.always(
        dot_three_pixels(
          scratch,
          words_end,
          part,
          parts,
          weights,
          piece,
          buffer,
          output,
          second,
          third,
          filters,
          channel_parameters,
          multiplier,
          lift_bytes,
          shift,
          once,
          two_sided,
          output_zero_point,
          activation_min,
          activation_max,
        ),
      );
      output += third + filters;
    } while (output < map_end);
    input += height * width * channels;
  }
}

/** Multiplies words of three pixels with every filter; the outputs of the second and third are so many bytes further on. */
function dot_three_pixels(
  words: usize,
  words_end: usize,
  part: i32,
  parts: i32,
  weights: usize,
  piece: i32,
  buffer: usize,
  output: usize,
  second: i32,
  third: i32,
  filters: i32,
  parameters: usize,
  multiplier: i32,
  lift_bytes: i32,
  shift: i32,
  once: i32,
  two_sided: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let rounding = ((<i64>1) << (shift - 1)) + ((<i64>(zero_point - low)) << shift);
  let filters_end = output + filters;
  let lifts = parameters + filters * 8;
  let from = weights;
  let piece_end = buffer + piece;
  // Nothing is in the buffer yet.
  if (piece) weights = piece_end;
  do {
    if (piece && weights == piece_end) {
      copy_from_flash(buffer, from, piece);
      from += piece;
      weights = buffer;
    }
    let x = words;
    let sums = words_end;
    do {
      let a0 = LANES_START;
      let a1 = LANES_START;
      let a2 = LANES_START;
      let a3 = LANES_START;
      let part_end = parts == 1 ? words_end : min(x + part * 8, words_end);
      do {
        let value = load<i64>(x);
        a0 += value * load<i8>(weights);
        a1 += value * load<i8>(weights, 1);
        a2 += value * load<i8>(weights, 2);
        a3 += value * load<i8>(weights, 3);
        value = load<i64>(x, 8);
        a0 += value * load<i8>(weights, 4);
        a1 += value * load<i8>(weights, 5);
        a2 += value * load<i8>(weights, 6);
        a3 += value * load<i8>(weights, 7);
        value = load<i64>(x, 16);
        a0 += value * load<i8>(weights, 8);
        a1 += value * load<i8>(weights, 9);
        a2 += value * load<i8>(weights, 10);
        a3 += value * load<i8>(weights, 11);
        value = load<i64>(x, 24);
        a0 += value * load<i8>(weights, 12);
        a1 += value * load<i8>(weights, 13);
        a2 += value * load<i8>(weights, 14);
        a3 += value * load<i8>(weights, 15);
        x += 32;
        weights += 16;
      } while (x < part_end);
      store<i64>(sums, a0);
      store<i64>(sums, a1, 8);
      store<i64>(sums, a2, 16);
      store<i64>(sums, a3, 24);
      sums += TILE_BYTES;
    } while (x < words_end);

    let at = words_end;
    let tile_end = min(output + 4, filters_end);
    do {
      let a = load<i64>(at);
      let s0 = a & LANE_MASK;
      let s1 = (a >> LANE_BITS) & LANE_MASK;
      let s2 = a >>> (2 * LANE_BITS);
      if (parts > 1) {
        let more = at + TILE_BYTES;
        do {
          a = load<i64>(more);
          s0 += a & LANE_MASK;
          s1 += (a >> LANE_BITS) & LANE_MASK;
          s2 += a >>> (2 * LANE_BITS);
          more += TILE_BYTES;
        } while (more < sums);
      }
      let m: i64 = multiplier;
      let lift: i64 = 0;
      if (!multiplier) {
        m = load<u32>(parameters + filters * 4);
        if (lift_bytes) {
          lift = load<u8>(lifts);
        } else {
          lift = m >>> 30;
          m = (m & 0x3fffffff) | 0x40000000;
        }
      }
      let addend = inline.always(lane_addend(load<i32>(parameters), m, lift, once, two_sided, rounding));
      m <<= lift;
      // The first pixel is written last, so that it stays where it stands for others.
      inline.always(store_lane(output + third, s2, m, addend, two_sided, lift, rounding, shift, low, high));
      inline.always(store_lane(output + second, s1, m, addend, two_sided, lift, rounding, shift, low, high));
      inline.always(store_lane(output, s0, m, addend, two_sided, lift, rounding, shift, low, high));
      at += 8;
      parameters += 4;
      lifts += 1;
      output += 1;
    } while (output < tile_end);
  } while (output < filters_end);
}
