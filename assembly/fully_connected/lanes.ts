/**
 * int8 fully connected layers of few rows, for interpreters: weights of 7 bits, nine in an i64, so that one multiplication
 * serves three filters, each in a lane of its own (assembly/lanes.ts).
 */

import { copy_from_flash } from "../flash";
import { LANE_BITS, LANE_MASK, LANES_START, lane_addend, store_lane } from "../lanes";

/** Bytes of corrections that are copied from flash together. */
const HELD_CORRECTIONS: i32 = 45;

/** The lowest 7 bits of every lane. */
const FIELDS: i64 = 0x1fc000fe0007f;
const FIELD_BITS: i64 = 7;

/**
 * `input`: [rows, depth] int8, `output`: [rows, filters]. `weights`: tiles of 12 filters; for every 3 values of the depth four
 * i64, of 3 filters each. Bits 21 · j + 7 · i on hold the weight of filter j for value i plus 64, or 0 beyond the depth or
 * the filters. `tiles`: for every tile its filters' int32 bias; then, unless `multiplier` is given, uint32 multiplier and,
 * where `lift_bytes`, uint8 lift, as in conv_2d_s8_lanes; then the number of its weights that 7 bits can't hold, and for each
 * uint16 filter · 4096 + index, and int8 what is missing from it. `part`: values, a multiple of 3, whose sums no lane
 * overflows. `multiplier` to `activation_max`: as in conv_2d_s8_lanes. `sums`: scratch of 96 bytes. Where `piece` is not 0,
 * `weights` and `tiles` are positions in flash, and `buffer` takes `piece` bytes of the weights, a multiple of 32, time after
 * time, and behind them the first `record` bytes of a tile and its other corrections 15 at a time. Reads up to 2 bytes beyond a row, which meet zeros.
 */
export function fully_connected_s8_lanes(
  input: usize,
  rows: i32,
  depth: i32,
  output: usize,
  filters: i32,
  weights: usize,
  tiles: usize,
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
  piece: i32,
  record: i32,
  buffer: usize,
): void {
  let rounding = ((<i64>1) << (shift - 1)) + ((<i64>(output_zero_point - activation_min)) << shift);
  // Of flash: where a tile is copied to, and values whose weights a piece holds.
  let held_tile = buffer + piece;
  let held_values = (piece >>> 5) * 3;
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
    let words_from = weights;
    let tile = tiles;
    let tile_from = tiles;
    // Where the weights end that the buffer holds: it is empty.
    let held_end = x;
    let row_end = output + filters;
    do {
      let tile_filters = min(12, <i32>(row_end - output));
      if (piece) {
        copy_from_flash(held_tile, tile_from, record);
        tile = held_tile;
      }
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
      if (piece) held_end += input - x;
      x = input;
      do {
        let a = LANES_START;
        let b = LANES_START;
        let c = LANES_START;
        let d = LANES_START;
        let part_end = min(x + part, input_end);
        do {
          let run_end = part_end;
          if (piece) {
            if (x == held_end) {
              copy_from_flash(buffer, words_from, piece);
              words_from += piece;
              word = buffer;
              held_end = x + held_values;
            }
            run_end = min(part_end, held_end);
          }
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
          } while (x < run_end);
        } while (piece && x < part_end);
        inline.always(add_lanes(sums, a));
        inline.always(add_lanes(sums + 24, b));
        inline.always(add_lanes(sums + 48, c));
        inline.always(add_lanes(sums + 72, d));
      } while (x < input_end);

      let spread = tile_filters * 4;
      let parameters = tile;
      let lifts = tile + 2 * spread;
      let corrections = tile + (multiplier ? spread : 2 * spread + (lift_bytes ? tile_filters : 0)) + 1;
      let left = <i32>load<u8>(corrections - 1);
      let correction = corrections;
      let corrections_from = tile_from + (corrections - tile);
      let tile_bytes = corrections - tile + 3 * left;
      while (left) {
        if (piece && correction == corrections + HELD_CORRECTIONS) {
          corrections_from += HELD_CORRECTIONS;
          copy_from_flash(corrections, corrections_from, HELD_CORRECTIONS);
          correction = corrections;
        }
        let place = <i32>load<u16>(correction);
        let sum = sums + (place >> 12) * 8;
        let value = <i64>load<i8>(input + (place & 4095));
        store<i64>(sum, load<i64>(sum) + value * load<i8>(correction, 2));
        correction += 3;
        left -= 1;
      }
      tile += tile_bytes;
      tile_from += tile_bytes;

      let sum = sums;
      let tile_end = min(output + 12, row_end);
      do {
        let m: i64 = multiplier;
        let lift: i64 = 0;
        if (!multiplier) {
          m = load<u32>(parameters + spread);
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
