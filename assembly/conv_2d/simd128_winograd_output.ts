/** Products of transformed windows and filters, and Winograd's transform back to sums of 2×2 pixels. */

import { requantize_pixels } from "../fixed_point_simd128";
import { store_bytes } from "../short_vectors_simd128";

/**
 * The products of four tiles with eight filters, each summed over `depth` channels, at each of the 16 places. `maps`: the
 * first tile in the first of 16 maps; `sums`: for each place int32 filter 0 to 7 of tile 0 to 3.
 */
export function multiply_tiles(maps: usize, map_bytes: i32, depth: i32, filters: usize, sums: usize): void {
  let step = 2 * depth;
  let sums_end = sums + 2048;
  do {
    let a0 = i32x4.splat(0);
    let a1 = a0;
    let b0 = a0;
    let b1 = a0;
    let c0 = a0;
    let c1 = a0;
    let d0 = a0;
    let d1 = a0;
    let x = maps;
    let end = maps + step;
    do {
      let w0 = v128.load(filters);
      let w1 = v128.load(filters, 16);
      let pair = v128.load32_splat(x);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.load32_splat(x + step);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.load32_splat(x + 2 * step);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, w0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, w1));
      pair = v128.load32_splat(x + 3 * step);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(pair, w0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(pair, w1));
      x += 4;
      filters += 32;
    } while (x < end);
    v128.store(sums, a0);
    v128.store(sums, a1, 16);
    v128.store(sums, b0, 32);
    v128.store(sums, b1, 48);
    v128.store(sums, c0, 64);
    v128.store(sums, c1, 80);
    v128.store(sums, d0, 96);
    v128.store(sums, d1, 112);
    sums += 128;
    maps += map_bytes;
  } while (sums < sums_end);
}

/**
 * The outputs of one tile: 2×2 pixels of `count` filters, at most 8. `sums`: of the tile, 128 bytes from place to place.
 * `halves`: scratch of 256 bytes. The second row and the second column are left out unless `two_rows`, `two_columns`.
 */
export function write_tile(
  sums: usize,
  halves: usize,
  output: usize,
  row: i32,
  pixel: i32,
  count: i32,
  two_rows: bool,
  two_columns: bool,
  parameters: usize,
  uniform_exponent: i32,
  zero_point: i32,
  low: i32,
  high: i32,
): void {
  let half = halves;
  do {
    inline.always(add_column(sums, half));
    inline.always(add_column(sums + 16, half + 16));
    sums += 128;
    half += 32;
  } while (half < halves + 128);
  let end = two_rows ? halves + 256 : halves + 128;
  half = halves;
  do {
    // Four times the bias; the second column adds to both pixels.
    let s0 = v128.load(half);
    let s1 = i32x4.add(v128.load(half, 32), i32x4.shl(v128.load(parameters), 2));
    let s2 = v128.load(half, 64);
    let s3 = v128.load(half, 96);
    let a0 = i32x4.add(i32x4.add(s0, s1), s2);
    let b0 = i32x4.sub(i32x4.sub(s1, s2), s3);
    s0 = v128.load(half, 16);
    s1 = i32x4.add(v128.load(half, 48), i32x4.shl(v128.load(parameters, 48), 2));
    s2 = v128.load(half, 80);
    s3 = v128.load(half, 112);
    let a1 = i32x4.add(i32x4.add(s0, s1), s2);
    let b1 = i32x4.sub(i32x4.sub(s1, s2), s3);
    let bytes = inline.always(
      requantize_pixels(
        i32x4.shr_s(a0, 2),
        i32x4.shr_s(a1, 2),
        i32x4.shr_s(b0, 2),
        i32x4.shr_s(b1, 2),
        parameters,
        48,
        uniform_exponent,
        zero_point,
        low,
        high,
      ),
    );
    if (count == 8) {
      v128.store_lane<i64>(output, bytes, 0);
      if (two_columns) v128.store_lane<i64>(output + pixel, bytes, 1);
    } else {
      store_bytes(output, i64x2.extract_lane(bytes, 0), count);
      if (two_columns) store_bytes(output + pixel, i64x2.extract_lane(bytes, 1), count);
    }
    output += row;
    half += 128;
  } while (half < end);
}

/** The sums of a column of four places, 512 bytes apart, for the upper and the lower pixel, 128 bytes apart. */
function add_column(sums: usize, half: usize): void {
  let m0 = v128.load(sums);
  let m1 = v128.load(sums, 512);
  let m2 = v128.load(sums, 1024);
  let m3 = v128.load(sums, 1536);
  v128.store(half, i32x4.add(i32x4.add(m0, m1), m2));
  v128.store(half, i32x4.sub(i32x4.sub(m1, m2), m3), 128);
}
