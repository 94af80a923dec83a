/**
 * int8 3×3 convolution with SIMD128 by Winograd's F(2×2, 3×3): 16 products instead of 36 for four outputs of a channel
 * (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015, section 4.1).
 *
 * With the filters' transform G doubled, all of it is integers: a transformed filter 4·GgGᵀ is at most 9 · 128 in magnitude,
 * a transformed window BᵀdB at most 4 · 128, so both fit int16. The output transform gives four times the sum modulo 2^32,
 * which is exact because the generator has proven that it lies below 2^31.
 */

import { fill_bytes } from "../bytes";
import { transform_columns, transform_filters, transform_rows } from "./simd128_winograd_input";
import { multiply_tiles, write_tile } from "./simd128_winograd_output";

/**
 * Parameters as in conv_2d_s8_simd128, a kernel of 3×3, strides and dilations of 1, padding of at most 2 above and to the
 * left. With `depth`, the channels padded to a multiple of 8: `weights` are tiles of 8 filters, in each of them the nine
 * taps, in each of these pairs of channels c, c + 1 of filter 0 to 7. `chunk`: a multiple of 8, the filters whose transforms
 * are kept at a time; `kept`: whether those of the whole input are, so that it is read once only. `scratch`: 32 · `depth` ·
 * `chunk` bytes for filters; 4 rows of `columns` = 2 · ⌈out_width / 2⌉ + 2 pixels of `depth` int16; for one row of tiles, or
 * where `kept` for all of them, 16 maps of as many tiles as a row has, a multiple of 4, by `depth` int16; 2304 bytes of sums;
 * a row of the input and 8 bytes. Reads up to 7 bytes beyond the input.
 */
export function conv_2d_s8_simd128_winograd(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  output: usize,
  out_height: i32,
  out_width: i32,
  filters: i32,
  batches: i32,
  pad_top: i32,
  pad_left: i32,
  weights: usize,
  channel_parameters: usize,
  uniform_exponent: i32,
  input_zero_point: i32,
  output_zero_point: i32,
  activation_min: i32,
  activation_max: i32,
  chunk: i32,
  kept: i32,
  scratch: usize,
): void {
  let depth = (channels + 7) & ~7;
  let tiles = (out_width + 1) >> 1;
  let padded_tiles = (tiles + 3) & ~3;
  let row_bytes = (2 * tiles + 2) * 2 * depth;
  let map_bytes = padded_tiles * 2 * depth;
  let rows = scratch + 32 * depth * chunk;
  let maps = rows + 4 * row_bytes;
  let tile_rows = kept ? batches * ((out_height + 1) >> 1) : 1;
  let sums = maps + 16 * map_bytes * tile_rows;
  let border = sums + 2304;
  fill_bytes(border, input_zero_point, width * channels);
  // What lies left and right of the input, of which only the sum of two rows is not 0.
  for (let at = rows; at < maps; at += 16) v128.store(at, i32x4.splat(0));
  let twice = i16x8.splat(<i16>(2 * input_zero_point));
  for (let at = rows + row_bytes; at < rows + 2 * row_bytes; at += 16) v128.store(at, twice);
  let first = 0;
  do {
    let end = min(first + chunk, filters);
    transform_filters(weights + first * depth * 9, scratch, depth, end - first, sums);
    let map = input;
    let out_map = output;
    let row_maps = maps;
    for (let batch = 0; batch < batches; batch++) {
      for (let out_y = 0; out_y < out_height; out_y += 2) {
        if (!kept || first == 0) {
          inline.always(
            transform_columns(
              map,
              height,
              width,
              channels,
              depth,
              out_y - pad_top,
              border,
              rows + pad_left * 2 * depth,
              min(width, 2 * tiles + 2 - pad_left),
              row_bytes,
            ),
          );
          inline.always(transform_rows(rows, row_bytes, row_maps, map_bytes, tiles, depth));
        }
        let transformed = scratch;
        let parameters = channel_parameters + first * 12;
        for (let filter = first; filter < end; filter += 8) {
          let out_x = 0;
          let tile = row_maps;
          do {
            inline.always(multiply_tiles(tile, map_bytes, depth, transformed, sums));
            let group_end = min(out_x + 8, out_width);
            let sum = sums;
            do {
              inline.always(
                write_tile(
                  sum,
                  sums + 2048,
                  out_map + (out_y * out_width + out_x) * filters + filter,
                  out_width * filters,
                  filters,
                  min(filters - filter, 8),
                  out_y + 1 < out_height,
                  out_x + 1 < out_width,
                  parameters,
                  uniform_exponent,
                  output_zero_point,
                  activation_min,
                  activation_max,
                ),
              );
              sum += 32;
              out_x += 2;
            } while (out_x < group_end);
            tile += 8 * depth;
          } while (out_x < out_width);
          transformed += 256 * depth;
          parameters += 96;
        }
        if (kept) row_maps += 16 * map_bytes;
      }
      map += height * width * channels;
      out_map += out_height * out_width * filters;
    }
    first += chunk;
  } while (first < filters);
}
