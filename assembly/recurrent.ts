/**
 * What GRU, LSTM and RNN share: gates from int8 weights, sigmoid and tanh by table, states as int16 in Q15
 * (ARCHITECTURE.md, "Recurrent layers").
 *
 * A gate's row of parameters is 16 bytes: int32 bias; multiplier of the input's sum (int32, float32 where the input is
 * float32); int32 multiplier of the state's sum; their int8 exponents; 2 unused bytes. Gates come in fixed point with
 * `shift` + 5 fraction bits. `table`: uint16[257], tanh(i / 32) in Q15.
 */

import { fill_bytes } from "./bytes";
import { clamp, requantize_wide } from "./fixed_point";
import { sum_of_lanes } from "./sum_lanes_simd128";

/** Σ x · w of `count` ≥ 1 values of x, `bytes` (1 or 2) each, and int8 w. Eight products at a time in builds with SIMD. */
function dot(x: usize, bytes: i32, w: usize, count: i32): i32 {
  let end = w + count;
  let sum = 0;
  if (ASC_FEATURE_SIMD) {
    let eights = w + (count & ~7);
    let lanes = i32x4.splat(0);
    while (w < eights) {
      let values = bytes == 1 ? v128.load_ext<i8>(x) : v128.load(x);
      lanes = i32x4.add(lanes, i32x4.dot_i16x8_s(values, v128.load_ext<i8>(w)));
      x += bytes << 3;
      w += 8;
    }
    sum = inline.always(sum_of_lanes(lanes));
    if (w == end) return sum;
  }
  do {
    let value = bytes == 1 ? <i32>load<i8>(x) : <i32>load<i16>(x);
    sum += value * <i32>load<i8>(w);
    x += bytes;
    w += 1;
  } while (w < end);
  return sum;
}

/** Σ x · w in float32, first to last, of `count` ≥ 1 float32 x and int8 w. */
function dot_f32(x: usize, w: usize, count: i32): f32 {
  let end = w + count;
  let sum: f32 = 0;
  do {
    sum += load<f32>(x) * <f32>load<i8>(w);
    x += 4;
    w += 1;
  } while (w < end);
  return sum;
}

/** `value` to the nearest integer, halves to even, kept within ±2^29; 0 for NaN. */
function integer_of(value: f32): i32 {
  if (!(abs<f32>(value) < 536870912)) return value > 0 ? 536870912 : value < 0 ? -536870912 : 0;
  return <i32>nearest<f32>(value);
}

/** Bias and input's part of a gate; `bytes` of an input value: 1 int8, 2 int16, 4 float32. */
export function input_part(x: usize, bytes: i32, depth: i32, weights: usize, row: usize): i32 {
  if (bytes == 4) return load<i32>(row) + integer_of(dot_f32(x, weights, depth) * load<f32>(row, 4));
  return scaled_input(dot(x, bytes, weights, depth), row);
}

/** The state's part of a gate: `units` values in Q15. */
export function state_part(state: usize, units: i32, weights: usize, row: usize): i32 {
  return scaled_state(dot(state, 2, weights, units), row);
}

/** Bias and input's part of a gate from the sum over an integer input. */
export function scaled_input(sum: i32, row: usize): i32 {
  return load<i32>(row) + requantize_wide(sum, load<i32>(row, 4), <i32>load<i8>(row, 12));
}

/** The state's part of a gate from its sum. */
export function scaled_state(sum: i32, row: usize): i32 {
  return requantize_wide(sum, load<i32>(row, 8), <i32>load<i8>(row, 13));
}

/** Q15 tanh of a number above −2^31 with `shift` + 5 fraction bits, within ±32768: linear between the table's entries. */
export function tanh_q15(value: i32, table: usize, shift: i32): i32 {
  let size = value < 0 ? -value : value;
  let index = size >> shift;
  let result = 32768;
  if (index < 256) {
    let entry = table + (index << 1);
    let low = <i32>load<u16>(entry);
    let part = size & ((1 << shift) - 1);
    result = low + (((<i32>load<u16>(entry, 2) - low) * part + (1 << (shift - 1))) >> shift);
  }
  return value < 0 ? -result : result;
}

/** Q16 sigmoid, 0 to 65536: (1 + tanh(x / 2)) / 2. */
export function sigmoid_q16(value: i32, table: usize, shift: i32): i32 {
  return 32768 + tanh_q15(value, table, shift + 1);
}

/** Q16 `a` times `b`, rounded, halves up. */
export function times_q16(a: i32, b: i32): i32 {
  return <i32>((<i64>a * <i64>b + 32768) >> 16);
}

/**
 * `count` ≥ 1 integers of `from_bytes` (1, 2 or 4) as integers of `to_bytes`, times `multiplier` / 2^`exponent` and with
 * another zero point, kept within their type. Nothing where `from_bytes` or `to_bytes` is 0.
 */
export function convert(
  from: usize,
  from_bytes: i32,
  from_zero_point: i32,
  to: usize,
  to_bytes: i32,
  to_zero_point: i32,
  count: i32,
  multiplier: i32,
  exponent: i32,
): void {
  if (!from_bytes || !to_bytes) return;
  let limit: i64 = to_bytes == 1 ? 127 : to_bytes == 2 ? 32767 : i32.MAX_VALUE;
  do {
    let value =
      from_bytes == 1 ? <i32>load<i8>(from) : from_bytes == 2 ? <i32>load<i16>(from) : load<i32>(from);
    let scaled =
      (<i64>(value - from_zero_point) * <i64>multiplier + ((<i64>1) << (exponent - 1))) >> exponent;
    scaled += to_zero_point;
    if (scaled > limit) scaled = limit;
    if (scaled < ~limit) scaled = ~limit;
    if (to_bytes == 1) store<i8>(to, <i32>scaled);
    else if (to_bytes == 2) store<i16>(to, <i32>scaled);
    else store<i32>(to, <i32>scaled);
    from += from_bytes;
    to += to_bytes;
  } while (--count);
}

/**
 * Fills a state of `units` integers of `bytes` (2 or 4) with `initial`, as `convert` does, or with zeros where
 * `initial_bytes` is 0.
 */
export function start_state(
  state: usize,
  bytes: i32,
  units: i32,
  initial: usize,
  initial_bytes: i32,
  zero_point: i32,
  multiplier: i32,
  exponent: i32,
): void {
  fill_bytes(state, 0, units * bytes);
  convert(initial, initial_bytes, zero_point, state, bytes, 0, units, multiplier, exponent);
}

/**
 * A unit's next state, and its cell at `memory`, from its gates. Both products are of Q32: int32 times Q16, and Q16 times Q15
 * doubled.
 */
export function lstm_unit(
  memory: usize,
  input_gate: i32,
  output_gate: i32,
  forget_gate: i32,
  candidate: i32,
  table: usize,
): i32 {
  let kept = <i64>forget_gate * <i64>load<i32>(memory);
  let added = (<i64>input_gate * <i64>candidate) << 1;
  let value = (kept + added + 32768) >> 16;
  if (value > i32.MAX_VALUE) value = i32.MAX_VALUE;
  if (value < -i32.MAX_VALUE) value = -i32.MAX_VALUE;
  store<i32>(memory, <i32>value);
  return int16_of(times_q16(output_gate, tanh_q15(<i32>value, table, 11)));
}

/** A unit's next state from the old one, its update gate and its candidate: their mean, the sum of which may reach 2^31. */
export function gru_unit(old: i32, update: i32, candidate: i32): i32 {
  let mean = <i64>update * <i64>old + <i64>(65536 - update) * <i64>candidate;
  return int16_of(<i32>((mean + 32768) >> 16));
}

/** Keeps a number within int16. */
export function int16_of(value: i32): i32 {
  return clamp(value, -32768, 32767);
}
