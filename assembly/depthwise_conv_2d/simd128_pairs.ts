/** Rows of a depthwise convolution's input as pairs of int16, each value beside the one in a row below, for dot products. */

/** Pairs of the first four of eight values in lanes of 16 bits. */
export function low_pairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** Pairs of the last four. */
export function high_pairs(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Fills the columns that lie beyond the input's, of every `pixels` from `to` to `end`, 32 bytes each, with zero points. */
export function fill_borders(
  to: usize,
  end: usize,
  width: i32,
  pad_left: i32,
  pixels: i32,
  zero_point: i32,
): void {
  let before = min(pad_left, pixels);
  let inside = min(width, pixels - before);
  let after = pixels - before - inside;
  let zeros = i16x8.splat(<i16>zero_point);
  do {
    inline.always(fill_columns(to, before, zeros));
    to += (before + inside) * 32;
    inline.always(fill_columns(to, after, zeros));
    to += after * 32;
  } while (to < end);
}

function fill_columns(to: usize, count: i32, values: v128): void {
  let end = to + count * 32;
  while (to < end) {
    v128.store(to, values);
    v128.store(to, values, 16);
    to += 32;
  }
}

/**
 * Writes the columns of the input in row `y` and `below` rows under it, each channel `multiplicity` times: for each tile of
 * eight channels `pixels` columns, of which those beyond the input's stay as they are, of two vectors of 4 pairs. Rows that
 * lie outside the input are eight bytes at `outside`. Reads up to 7 bytes beyond a pixel.
 */
export function fill_pairs(
  to: usize,
  input: usize,
  height: i32,
  width: i32,
  channels: i32,
  multiplicity: i32,
  y: i32,
  below: i32,
  pad_left: i32,
  pixels: i32,
  outside: usize,
): void {
  let before = min(pad_left, pixels);
  let inside = min(width, pixels - before);
  let upper_step = <u32>y < <u32>height ? channels : 0;
  let lower_step = <u32>(y + below) < <u32>height ? channels : 0;
  let upper = input + y * width * channels;
  let lower = upper + below * width * channels;
  to += before * 32;
  for (let first = 0; first < channels * multiplicity; first += 8) {
    let p = upper_step ? upper + first / multiplicity : outside;
    let q = lower_step ? lower + first / multiplicity : outside;
    let pattern = inline.always(repetition(first % multiplicity, multiplicity));
    let end = to + inside * 32;
    while (to < end) {
      let u = inline.always(load_channels(p, multiplicity, pattern));
      let v = inline.always(load_channels(q, multiplicity, pattern));
      v128.store(to, inline.always(low_pairs(u, v)));
      v128.store(to, inline.always(high_pairs(u, v)), 16);
      p += upper_step;
      q += lower_step;
      to += 32;
    }
    to += (pixels - inside) * 32;
  }
}

/** Which byte each of eight filters reads, each byte `multiplicity` times; the first has been read `read` times before. */
function repetition(read: i32, multiplicity: i32): v128 {
  let bytes = i8x16.splat(0);
  let lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (let next = multiplicity - read; next < 8; next += multiplicity) {
    // A comparison that holds is −1.
    bytes = i8x16.sub(bytes, i8x16.ge_s(lanes, i8x16.splat(<i8>next)));
  }
  return bytes;
}

/** Eight channels, or those that `pattern` picks where channels have more than one filter. */
function load_channels(from: usize, multiplicity: i32, pattern: v128): v128 {
  if (multiplicity == 1) return v128.load_ext<i8>(from);
  return i16x8.extend_low_i8x16_s(i8x16.swizzle(v128.load64_zero(from), pattern));
}
