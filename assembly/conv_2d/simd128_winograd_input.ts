/** Winograd's transforms of what is multiplied: 3×3 filters and windows of 4×4 values, eight int16 lanes at a time. */

/**
 * The doubled transform of both sides of `count` filters, 8 at a time. `from`: tiles of 8 filters as
 * conv_2d_s8_simd128_winograd has them; `to`: for each tile and each of the 16 places int16 pairs of channels c, c + 1 of
 * filter 0 to 7. `between`: scratch of 192 bytes.
 */
export function transform_filters(from: usize, to: usize, depth: i32, count: i32, between: usize): void {
  let tap = 8 * depth;
  let place = 16 * depth;
  do {
    let end = from + tap;
    do {
      let at = from;
      let column = between;
      do {
        let w0 = v128.load_ext<i8>(at);
        let w1 = v128.load_ext<i8>(at + 3 * tap);
        let w2 = v128.load_ext<i8>(at + 6 * tap);
        let ends = i16x8.add(w0, w2);
        v128.store(column, i16x8.add(w0, w0));
        v128.store(column, i16x8.add(ends, w1), 48);
        v128.store(column, i16x8.sub(ends, w1), 96);
        v128.store(column, i16x8.add(w2, w2), 144);
        at += tap;
        column += 16;
      } while (column < between + 48);
      let row = between;
      at = to;
      do {
        let w0 = v128.load(row);
        let w1 = v128.load(row, 16);
        let w2 = v128.load(row, 32);
        let ends = i16x8.add(w0, w2);
        v128.store(at, i16x8.add(w0, w0));
        v128.store(at + place, i16x8.add(ends, w1));
        v128.store(at + 2 * place, i16x8.sub(ends, w1));
        v128.store(at + 3 * place, i16x8.add(w2, w2));
        row += 48;
        at += 4 * place;
      } while (row < between + 192);
      from += 8;
      to += 16;
    } while (from < end);
    from += 8 * tap;
    to += 15 * place;
    count -= 8;
  } while (count > 0);
}

/**
 * Transforms the columns of four rows of the input, from row `top` on; rows outside are `border`. `to`: four rows of
 * `pixels` times `depth` int16, `row_bytes` apart.
 */
export function transform_columns(
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  depth: i32,
  top: i32,
  border: usize,
  to: usize,
  pixels: i32,
  row_bytes: i32,
): void {
  let row = width * channels;
  // As unsigned numbers, rows above the input are beyond its height too.
  let r0 = <u32>top < <u32>height ? input + top * row : border;
  let r1 = <u32>(top + 1) < <u32>height ? input + (top + 1) * row : border;
  let r2 = <u32>(top + 2) < <u32>height ? input + (top + 2) * row : border;
  let r3 = <u32>(top + 3) < <u32>height ? input + (top + 3) * row : border;
  let end = r0 + pixels * channels;
  do {
    let pixel_end = channels == depth ? end : r0 + channels;
    do {
      let d0 = v128.load_ext<i8>(r0);
      let d1 = v128.load_ext<i8>(r1);
      let d2 = v128.load_ext<i8>(r2);
      let d3 = v128.load_ext<i8>(r3);
      v128.store(to, i16x8.sub(d0, d2));
      v128.store(to + row_bytes, i16x8.add(d1, d2));
      v128.store(to + 2 * row_bytes, i16x8.sub(d2, d1));
      v128.store(to + 3 * row_bytes, i16x8.sub(d1, d3));
      r0 += 8;
      r1 += 8;
      r2 += 8;
      r3 += 8;
      to += 16;
    } while (r0 < pixel_end);
    if (channels != depth) {
      r0 -= depth - channels;
      r1 -= depth - channels;
      r2 -= depth - channels;
      r3 -= depth - channels;
    }
  } while (r0 < end);
}

/**
 * Transforms the rows of windows of four columns, each two columns right of the one before, in each of four `rows`. `maps`:
 * 16 maps of `tiles` by `depth` int16, `map_bytes` apart.
 */
export function transform_rows(
  rows: usize,
  row_bytes: i32,
  maps: usize,
  map_bytes: i32,
  tiles: i32,
  depth: i32,
): void {
  let pixel = 2 * depth;
  let rows_end = rows + 4 * row_bytes;
  do {
    let at = rows;
    let to = maps;
    let to_end = maps + tiles * pixel;
    do {
      let end = at + pixel;
      do {
        let d0 = v128.load(at);
        let d1 = v128.load(at + pixel);
        let d2 = v128.load(at + 2 * pixel);
        let d3 = v128.load(at + 3 * pixel);
        v128.store(to, i16x8.sub(d0, d2));
        v128.store(to + map_bytes, i16x8.add(d1, d2));
        v128.store(to + 2 * map_bytes, i16x8.sub(d2, d1));
        v128.store(to + 3 * map_bytes, i16x8.sub(d1, d3));
        at += 16;
        to += 16;
      } while (at < end);
      at += pixel;
    } while (to < to_end);
    maps += 4 * map_bytes;
    rows += row_bytes;
  } while (rows < rows_end);
}
