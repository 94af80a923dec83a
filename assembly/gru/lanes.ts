/** GRU layer in fixed point for interpreters, in both forms: dot products by pairs of rows (assembly/pairs.ts). */

import { copy_bytes } from "../bytes";
import { pair_excess, pair_sums } from "../pairs";
import {
  convert,
  gru_unit,
  scaled_input,
  scaled_state,
  sigmoid_q16,
  start_state,
  tanh_q15,
  times_q16,
} from "../recurrent";

/**
 * As gru_s8, for integer inputs and with other constants: `weights` are those of `pair_sums`, for the input all update gates,
 * all reset gates and all candidates, then for the state; zeros fill the last eight rows of each. `sums`: scratch of 192
 * bytes.
 */
export function gru_s8_lanes(
  input: usize,
  input_bytes: i32,
  input_step: i32,
  steps: i32,
  depth: i32,
  units: i32,
  weights: usize,
  parameters: usize,
  table: usize,
  shift: i32,
  state: usize,
  next: usize,
  keep: i32,
  initial: usize,
  initial_bytes: i32,
  initial_zero_point: i32,
  initial_multiplier: i32,
  initial_exponent: i32,
  sequence: usize,
  sequence_step: i32,
  last: usize,
  has_last: i32,
  output_bytes: i32,
  output_zero_point: i32,
  output_multiplier: i32,
  output_exponent: i32,
  reset: usize,
  linear_before_reset: i32,
  state_biases: usize,
  sums: usize,
): void {
  let bytes = units << 1;
  if (!keep) {
    inline.always(
      start_state(
        state,
        2,
        units,
        initial,
        initial_bytes,
        initial_zero_point,
        initial_multiplier,
        initial_exponent,
      ),
    );
  }
  let input_tile = ((depth + 3) & ~3) << 3;
  let state_tile = ((units + 3) & ~3) << 3;
  let tiles = (units + 7) >> 3;
  let all_inputs = tiles * input_tile;
  let all_units = tiles * state_tile;
  let rows = units << 4;
  do {
    let input_excess = pair_excess(input, input_bytes, depth);
    let state_excess = pair_excess(state, 2, units);
    let from_input = weights;
    let from_state = weights + 3 * all_inputs;
    let row = parameters;
    let bias = state_biases;
    // What the candidates' weights meet.
    let past = state;
    let past_excess = state_excess;
    if (!linear_before_reset) {
      // The candidates need the whole state behind the reset gates.
      let old = state;
      let to = reset;
      let end = reset + bytes;
      let weights_input = from_input + all_inputs;
      let weights_state = from_state + all_units;
      let parameter = row + rows;
      do {
        pair_sums(input, input_bytes, depth, input_excess, weights_input, sums);
        pair_sums(state, 2, units, state_excess, weights_state, sums + 32);
        let at = sums;
        let tile_end = min(to + 16, end);
        do {
          let sum = scaled_input(load<i32>(at), parameter) + scaled_state(load<i32>(at, 32), parameter);
          store<i16>(to, times_q16(sigmoid_q16(sum, table, shift), <i32>load<i16>(old)));
          at += 4;
          parameter += 16;
          old += 2;
          to += 2;
        } while (to < tile_end);
        weights_input += input_tile;
        weights_state += state_tile;
      } while (to < end);
      past = reset;
      past_excess = pair_excess(reset, 2, units);
    }
    let old = state;
    let to = next;
    let end = next + bytes;
    do {
      pair_sums(input, input_bytes, depth, input_excess, from_input, sums);
      pair_sums(state, 2, units, state_excess, from_state, sums + 32);
      if (linear_before_reset) {
        pair_sums(input, input_bytes, depth, input_excess, from_input + all_inputs, sums + 64);
        pair_sums(state, 2, units, state_excess, from_state + all_units, sums + 96);
      }
      pair_sums(input, input_bytes, depth, input_excess, from_input + 2 * all_inputs, sums + 128);
      pair_sums(past, 2, units, past_excess, from_state + 2 * all_units, sums + 160);
      let at = sums;
      let tile_end = min(to + 16, end);
      do {
        let update = sigmoid_q16(
          scaled_input(load<i32>(at), row) + scaled_state(load<i32>(at, 32), row),
          table,
          shift,
        );
        let candidate_row = row + 2 * rows;
        let part = scaled_state(load<i32>(at, 160), candidate_row);
        if (linear_before_reset) {
          let gate_row = row + rows;
          let gate = sigmoid_q16(
            scaled_input(load<i32>(at, 64), gate_row) + scaled_state(load<i32>(at, 96), gate_row),
            table,
            shift,
          );
          part = times_q16(gate, part + load<i32>(bias));
          bias += 4;
        }
        let candidate = tanh_q15(scaled_input(load<i32>(at, 128), candidate_row) + part, table, shift);
        store<i16>(to, inline.always(gru_unit(<i32>load<i16>(old), update, candidate)));
        at += 4;
        row += 16;
        old += 2;
        to += 2;
      } while (to < tile_end);
      from_input += input_tile;
      from_state += state_tile;
    } while (to < end);
    copy_bytes(state, next, bytes);
    let out = sequence_step ? output_bytes : 0;
    convert(state, 2, 0, sequence, out, output_zero_point, units, output_multiplier, output_exponent);
    sequence += sequence_step;
    input += input_step;
  } while (--steps);
  let out = has_last ? output_bytes : 0;
  convert(state, 2, 0, last, out, output_zero_point, units, output_multiplier, output_exponent);
}
