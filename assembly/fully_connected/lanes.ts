/**
 * int8 fully connected layers of few rows, for interpreters: weights of 7 bits, nine in an i64, so that one multiplication
 * serves three filters, each in a lane of its own (assembly/lanes.ts).
 */

import { LANE_BITS, LANE_MASK, LANES_START, lane_addend, store_lane } from "../lanes";

/** The lowest 7 bits of every lane. */
const FIELDS: i64 = 0x1fc000fe0007f;
const FIELD_BITS: i64 = 7;

/**
 * `input`: [rows, depth] int8, `output`: [rows, filters]. `weights`: tiles of 12 filters; for every 3 values of the depth four
 * i64, of 3 filters each. Bits 21 · j + 7 · i on hold the weight of filter j for value i plus 64, or 0 beyond the depth or
 * the filters. `corrections`: for every tile the number of its weights that 7 bits can't hold, then for each
 * uint16 filter · 4096 + index, and int8 what is missing from it. `part`: values, a multiple of 3, whose sums no lane
 * overflows. `channel_parameters` to `activation_max`: as in conv_2d_s8_lanes. `sums`: scratch of 96 bytes. Reads up to
 * 2 bytes beyond a row, which meet zeros.
 */
export function fully_connected_s8_lanes(
  input: usize,
  rows: i32,
  depth: i32,
  output: usize,
  filters: i32,
  weights: usize,
  corrections: usize,
  channel_parameters: usize,
  multiplier: i32,
  lift_bytes: i32,
  shift: i32,
  once: i32,
  two_sided: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  part: i32,
  sums: usize,
): void {
  let rounding = ((<i64>1) << (shift - 1)) + ((<i64>(output_zero_point - activation_min)) << shift);
  for (let row = 0; row < rows; row++) {
    let input_end = input + depth;
    let x = input;
    // Every weight is 64 too large.
    let excess: i64 = 0;
    do {
      excess += load<i8>(x);
      x += 1;
    } while (x < input_end);
    excess <<= 6;
    let word = weights;
    let correction = corrections;
    let parameters = channel_parameters;
    let lifts = parameters + filters * 8;
    let row_end = output + filters;
    do {
      store<i64>(sums, 0);
      store<i64>(sums, 0, 8);
      store<i64>(sums, 0, 16);
      store<i64>(sums, 0, 24);
      store<i64>(sums, 0, 32);
      store<i64>(sums, 0, 40);
      store<i64>(sums, 0, 48);
      store<i64>(sums, 0, 56);
      store<i64>(sums, 0, 64);
      store<i64>(sums, 0, 72);
      store<i64>(sums, 0, 80);
      store<i64>(sums, 0, 88);
      x = input;
      do {
        let a = LANES_START;
        let b = LANES_START;
        let c = LANES_START;
        let d = LANES_START;
        let part_end = min(x + part, input_end);
        do {
          let x0 = <i64>load<i8>(x);
          let x1 = <i64>load<i8>(x, 1);
          let x2 = <i64>load<i8>(x, 2);
          let w = load<i64>(word);
          a += (w & FIELDS) * x0;
          a += ((w >> FIELD_BITS) & FIELDS) * x1;
          a += ((w >> (2 * FIELD_BITS)) & FIELDS) * x2;
          w = load<i64>(word, 8);
          b += (w & FIELDS) * x0;
          b += ((w >> FIELD_BITS) & FIELDS) * x1;
          b += ((w >> (2 * FIELD_BITS)) & FIELDS) * x2;
          w = load<i64>(word, 16);
          c += (w & FIELDS) * x0;
          c += ((w >> FIELD_BITS) & FIELDS) * x1;
          c += ((w >> (2 * FIELD_BITS)) & FIELDS) * x2;
          w = load<i64>(word, 24);
          d += (w & FIELDS) * x0;
          d += ((w >> FIELD_BITS) & FIELDS) * x1;
          d += ((w >> (2 * FIELD_BITS)) & FIELDS) * x2;
          x += 3;
          word += 32;
        } while (x < part_end);
        inline.always(add_lanes(sums, a));
        inline.always(add_lanes(sums + 24, b));
        inline.always(add_lanes(sums + 48, c));
        inline.always(add_lanes(sums + 72, d));
      } while (x < input_end);

      let left = <i32>load<u8>(correction);
      correction += 1;
      while (left) {
        let place = <i32>load<u16>(correction);
        let sum = sums + (place >> 12) * 8;
        let value = <i64>load<i8>(input + (place & 4095));
        store<i64>(sum, load<i64>(sum) + value * load<i8>(correction, 2));
        correction += 3;
        left -= 1;
      }

      let sum = sums;
      let tile_end = min(output + 12, row_end);
      do {
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
        inline.always(
          store_lane(
            output,
            load<i64>(sum) - excess,
            m << lift,
            addend,
            two_sided,
            lift,
            rounding,
            shift,
            activation_min,
            activation_max,
          ),
        );
        sum += 8;
        parameters += 4;
        lifts += 1;
        output += 1;
      } while (output < tile_end);
    } while (output < row_end);
    input = input_end;
  }
}

/** Adds the three lanes, without what they start with, to three sums. */
function add_lanes(sums: usize, lanes: i64): void {
  store<i64>(sums, load<i64>(sums) + (lanes & LANE_MASK) - 0x100000);
  store<i64>(sums, load<i64>(sums, 8) + ((lanes >> LANE_BITS) & LANE_MASK) - 0x100000, 8);
  store<i64>(sums, load<i64>(sums, 16) + (lanes >>> (2 * LANE_BITS)) - 0x100000, 16);
}
