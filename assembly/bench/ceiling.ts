/** What the machine allows, for comparison: multiply-accumulates out of registers, and reading bytes. */

/** `rounds` × 384 multiply-accumulates by `i32x4.dot_i16x8_s`: twelve chains long enough to hide the latency. */
export function dot_ceiling(rounds: i32): i32 {
  const w = i16x8.splat(5);
  let a0 = i32x4.splat(1);
  let a1 = i32x4.splat(2);
  let a2 = i32x4.splat(3);
  let a3 = i32x4.splat(4);
  let a4 = i32x4.splat(5);
  let a5 = i32x4.splat(6);
  let a6 = i32x4.splat(7);
  let a7 = i32x4.splat(8);
  let a8 = i32x4.splat(9);
  let a9 = i32x4.splat(10);
  let a10 = i32x4.splat(11);
  let a11 = i32x4.splat(12);
  do {
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a0, w));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a1, w));
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a2, w));
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a3, w));
    a4 = i32x4.add(a4, i32x4.dot_i16x8_s(a4, w));
    a5 = i32x4.add(a5, i32x4.dot_i16x8_s(a5, w));
    a6 = i32x4.add(a6, i32x4.dot_i16x8_s(a6, w));
    a7 = i32x4.add(a7, i32x4.dot_i16x8_s(a7, w));
    a8 = i32x4.add(a8, i32x4.dot_i16x8_s(a8, w));
    a9 = i32x4.add(a9, i32x4.dot_i16x8_s(a9, w));
    a10 = i32x4.add(a10, i32x4.dot_i16x8_s(a10, w));
    a11 = i32x4.add(a11, i32x4.dot_i16x8_s(a11, w));
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a0, w));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a1, w));
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a2, w));
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a3, w));
    a4 = i32x4.add(a4, i32x4.dot_i16x8_s(a4, w));
    a5 = i32x4.add(a5, i32x4.dot_i16x8_s(a5, w));
    a6 = i32x4.add(a6, i32x4.dot_i16x8_s(a6, w));
    a7 = i32x4.add(a7, i32x4.dot_i16x8_s(a7, w));
    a8 = i32x4.add(a8, i32x4.dot_i16x8_s(a8, w));
    a9 = i32x4.add(a9, i32x4.dot_i16x8_s(a9, w));
    a10 = i32x4.add(a10, i32x4.dot_i16x8_s(a10, w));
    a11 = i32x4.add(a11, i32x4.dot_i16x8_s(a11, w));
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a0, w));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a1, w));
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a2, w));
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a3, w));
    a4 = i32x4.add(a4, i32x4.dot_i16x8_s(a4, w));
    a5 = i32x4.add(a5, i32x4.dot_i16x8_s(a5, w));
    a6 = i32x4.add(a6, i32x4.dot_i16x8_s(a6, w));
    a7 = i32x4.add(a7, i32x4.dot_i16x8_s(a7, w));
    a8 = i32x4.add(a8, i32x4.dot_i16x8_s(a8, w));
    a9 = i32x4.add(a9, i32x4.dot_i16x8_s(a9, w));
    a10 = i32x4.add(a10, i32x4.dot_i16x8_s(a10, w));
    a11 = i32x4.add(a11, i32x4.dot_i16x8_s(a11, w));
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(a0, w));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(a1, w));
    a2 = i32x4.add(a2, i32x4.dot_i16x8_s(a2, w));
    a3 = i32x4.add(a3, i32x4.dot_i16x8_s(a3, w));
    a4 = i32x4.add(a4, i32x4.dot_i16x8_s(a4, w));
    a5 = i32x4.add(a5, i32x4.dot_i16x8_s(a5, w));
    a6 = i32x4.add(a6, i32x4.dot_i16x8_s(a6, w));
    a7 = i32x4.add(a7, i32x4.dot_i16x8_s(a7, w));
    a8 = i32x4.add(a8, i32x4.dot_i16x8_s(a8, w));
    a9 = i32x4.add(a9, i32x4.dot_i16x8_s(a9, w));
    a10 = i32x4.add(a10, i32x4.dot_i16x8_s(a10, w));
    a11 = i32x4.add(a11, i32x4.dot_i16x8_s(a11, w));
    rounds -= 1;
  } while (rounds);
  a0 = i32x4.add(a0, a1);
  a0 = i32x4.add(a0, a2);
  a0 = i32x4.add(a0, a3);
  a0 = i32x4.add(a0, a4);
  a0 = i32x4.add(a0, a5);
  a0 = i32x4.add(a0, a6);
  a0 = i32x4.add(a0, a7);
  a0 = i32x4.add(a0, a8);
  a0 = i32x4.add(a0, a9);
  a0 = i32x4.add(a0, a10);
  a0 = i32x4.add(a0, a11);
  return i32x4.extract_lane(a0, 0);
}

/** Reads `bytes` bytes (a multiple of 64) from address 0 with vector loads. */
export function read_bytes(bytes: i32): i32 {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let at: usize = 0;
  do {
    a = v128.xor(a, v128.load(at));
    b = v128.xor(b, v128.load(at, 16));
    c = v128.xor(c, v128.load(at, 32));
    d = v128.xor(d, v128.load(at, 48));
    at += 64;
  } while (at < <usize>bytes);
  return i32x4.extract_lane(v128.xor(v128.xor(a, b), v128.xor(c, d)), 0);
}

/**
 * `rounds` × 144 multiply-accumulates as a depthwise 3×3 convolution does them, out of registers: four pixels of four channels
 * take 24 products of pairs of rows and the rounding of their sums to bytes; four columns are paired, from the bytes of two
 * rounds before. A window's nine values are twelve in pairs.
 */
export function depthwise_ceiling(rounds: i32): i32 {
  let older = i8x16.splat(2);
  let before = i8x16.splat(3);
  let latest = i8x16.splat(4);
  let p = i16x8.splat(1);
  let q = i16x8.splat(2);
  do {
    let x = i16x8.extend_low_i8x16_s(before);
    let y = i16x8.extend_low_i8x16_s(older);
    let r = v128.shuffle<i16>(x, y, 0, 8, 1, 9, 2, 10, 3, 11);
    let s = v128.shuffle<i16>(x, y, 4, 12, 5, 13, 6, 14, 7, 15);
    let t = v128.shuffle<i16>(y, x, 0, 8, 1, 9, 2, 10, 3, 11);
    let u = v128.shuffle<i16>(y, x, 4, 12, 5, 13, 6, 14, 7, 15);
    let a = inline.always(rounded_window(p, q, r));
    let b = inline.always(rounded_window(q, r, s));
    let c = inline.always(rounded_window(r, s, t));
    let d = inline.always(rounded_window(s, t, u));
    older = before;
    before = latest;
    latest = inline.always(narrowed(a, b, c, d));
    p = t;
    q = u;
    rounds -= 1;
  } while (rounds);
  return i32x4.extract_lane(latest, 0);
}

/** Three columns, each times the weights of two pairs of rows; their sum rounded. */
function rounded_window(x: v128, y: v128, z: v128): v128 {
  let sums = i32x4.add(i32x4.splat(9), i32x4.dot_i16x8_s(x, i16x8.splat(5)));
  sums = i32x4.add(sums, i32x4.dot_i16x8_s(y, i16x8.splat(-3)));
  sums = i32x4.add(sums, i32x4.dot_i16x8_s(z, i16x8.splat(7)));
  sums = i32x4.add(sums, i32x4.dot_i16x8_s(x, i16x8.splat(-9)));
  sums = i32x4.add(sums, i32x4.dot_i16x8_s(y, i16x8.splat(11)));
  sums = i32x4.add(sums, i32x4.dot_i16x8_s(z, i16x8.splat(-13)));
  return inline.always(rounded(sums));
}

/** Four sums as integers, by the instructions of requantize_floats. */
function rounded(sums: v128): v128 {
  let scaled = f32x4.mul(f32x4.convert_i32x4_s(sums), f32x4.splat(0.01));
  let moved = f32x4.add(f32x4.add(scaled, f32x4.splat(0.001)), f32x4.splat(12582912.0));
  return i32x4.sub(moved, i32x4.splat(0x4b400000));
}

/** `rounds` × 48 sums rounded to bytes out of registers: twelve chains. */
export function rounding_ceiling(rounds: i32): i32 {
  let a0 = i32x4.splat(1000);
  let a1 = i32x4.splat(2000);
  let a2 = i32x4.splat(3000);
  let a3 = i32x4.splat(4000);
  let b0 = i32x4.splat(5000);
  let b1 = i32x4.splat(6000);
  let b2 = i32x4.splat(7000);
  let b3 = i32x4.splat(8000);
  let c0 = i32x4.splat(9000);
  let c1 = i32x4.splat(10000);
  let c2 = i32x4.splat(11000);
  let c3 = i32x4.splat(12000);
  let bytes = i8x16.splat(0);
  do {
    a0 = inline.always(rounded(a0));
    a1 = inline.always(rounded(a1));
    a2 = inline.always(rounded(a2));
    a3 = inline.always(rounded(a3));
    b0 = inline.always(rounded(b0));
    b1 = inline.always(rounded(b1));
    b2 = inline.always(rounded(b2));
    b3 = inline.always(rounded(b3));
    c0 = inline.always(rounded(c0));
    c1 = inline.always(rounded(c1));
    c2 = inline.always(rounded(c2));
    c3 = inline.always(rounded(c3));
    bytes = v128.xor(bytes, inline.always(narrowed(a0, a1, a2, a3)));
    bytes = v128.xor(bytes, inline.always(narrowed(b0, b1, b2, b3)));
    bytes = v128.xor(bytes, inline.always(narrowed(c0, c1, c2, c3)));
    rounds -= 1;
  } while (rounds);
  return i32x4.extract_lane(bytes, 0);
}

function narrowed(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}
