/** SVDF: each filter is a dot product with the input, followed by one over time (TFLite Micro: svdf_common.cc). */

import { clamp, requantize } from "../fixed_point";

/** The value at `at` of a state or time weight tensor of int8, or of int16 where `bytes` is 2. */
function value(at: usize, bytes: i32): i32 {
  return bytes == 1 ? load<i8>(at) : load<i16>(at);
}

/**
 * One step. `input` int8 [batches, inputs]; `feature` int8 [units · rank, inputs] and its int32 biases, which hold
 * −zero point · Σ weights of the input; `time` [units · rank, memory] and `state` [batches, units · rank, memory], both of
 * `bytes` 1 (int8) or 2 (int16); `bias` int32 [units], with −zero point · Σ time weights of the state; `output` int8
 * [batches, units]. All sizes ≥ 1. State moves one place to the front and gets the new value at its end; the output, which
 * may not overlap the input, is what the multipliers Q31 in [2^30, 2^31) or 0 and shifts in [-31, 30] make of the sums.
 */
export function svdf_s8(
  input: usize,
  feature: usize,
  feature_bias: usize,
  time: usize,
  bias: usize,
  state: usize,
  output: usize,
  batches: i32,
  inputs: i32,
  units: i32,
  rank: i32,
  memory: i32,
  bytes: i32,
  state_multiplier: i32,
  state_shift: i32,
  state_zero_point: i32,
  output_multiplier: i32,
  output_shift: i32,
  output_zero_point: i32,
): void {
  const least = bytes == 1 ? -128 : -32768;
  do {
    let weight = feature;
    let start = feature_bias;
    let past = time;
    let offset = bias;
    let unit = units;
    do {
      let sum = load<i32>(offset);
      offset += 4;
      let filter = rank;
      do {
        let dot = load<i32>(start);
        start += 4;
        let x = input;
        const end = x + inputs;
        do {
          dot += <i32>load<i8>(weight) * <i32>load<i8>(x);
          weight += 1;
          x += 1;
        } while (x != end);
        // The zero point comes after the clamp: the sum wraps to the state's type, as TFLite Micro's does.
        let now = clamp(requantize(dot, state_multiplier, state_shift), least, ~least) + state_zero_point;
        now = bytes == 1 ? <i32>(<i8>now) : <i32>(<i16>now);
        for (let age = memory; age != 1; --age) {
          const before = value(state + bytes, bytes);
          if (bytes == 1) store<i8>(state, before);
          else store<i16>(state, before);
          sum += value(past, bytes) * before;
          state += bytes;
          past += bytes;
        }
        if (bytes == 1) store<i8>(state, now);
        else store<i16>(state, now);
        sum += value(past, bytes) * now;
        state += bytes;
        past += bytes;
      } while (--filter);
      store<i8>(
        output,
        clamp(requantize(sum, output_multiplier, output_shift) + output_zero_point, -128, 127),
      );
      output += 1;
    } while (--unit);
    input += inputs;
  } while (--batches);
}
