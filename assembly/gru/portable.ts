/** GRU layer in fixed point, scalar, in both forms (ONNX: GRU). */

import { copy_bytes } from "../bytes";
import {
  convert,
  gru_unit,
  input_part,
  sigmoid_q16,
  start_state,
  state_part,
  tanh_q15,
  times_q16,
} from "../recurrent";

/**
 * `steps` steps, the inputs of which lie `input_step` bytes apart (negative: backwards), each `depth` values of
 * `input_bytes` (1 int8, 2 int16, 4 float32). `parameters`, `table` and `shift` as in recurrent.ts.
 * `state`: int16[units] in Q15, replaced step by step; it starts as it is where `keep`, else as `initial` of
 * `initial_bytes` (0: zeros), scaled by multiplier and exponent. `sequence`, `last`: the state after every step, a step's
 * `sequence_step` bytes apart (0: left out), and after the last (where `has_last`), `output_bytes` (1 or 2) a value, scaled
 * likewise.
 * `weights`: int8 [3 · units, depth], then [3 · units, units]: all update gates, all reset gates, all candidates.
 * `linear_before_reset`: the reset gate acts on the candidate's sum, which `state_biases` (int32[units]) then belong to;
 * otherwise on the state. `next`: scratch of int16[units]; `reset`: as much, used where the gate acts on the state.
 */
export function gru_s8(
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
  let all_units = units * units;
  let all_inputs = units * depth;
  let rows = units << 4;
  do {
    let from_input = weights;
    let from_state = weights + 3 * all_inputs;
    let row = parameters;
    let bias = state_biases;
    if (!linear_before_reset) {
      // The candidates need the whole state behind the reset gates.
      let old = state;
      let to = reset;
      let end = reset + bytes;
      let weights_input = from_input + all_inputs;
      let weights_state = from_state + all_units;
      let parameter = row + rows;
      do {
        let sum =
          input_part(input, input_bytes, depth, weights_input, parameter) +
          state_part(state, units, weights_state, parameter);
        store<i16>(to, times_q16(sigmoid_q16(sum, table, shift), <i32>load<i16>(old)));
        weights_input += depth;
        weights_state += units;
        parameter += 16;
        old += 2;
        to += 2;
      } while (to < end);
    }
    let old = state;
    let to = next;
    let end = next + bytes;
    do {
      let update = sigmoid_q16(
        input_part(input, input_bytes, depth, from_input, row) + state_part(state, units, from_state, row),
        table,
        shift,
      );
      let candidate_input = from_input + 2 * all_inputs;
      let candidate_state = from_state + 2 * all_units;
      let candidate_row = row + 2 * rows;
      let sum = input_part(input, input_bytes, depth, candidate_input, candidate_row);
      if (linear_before_reset) {
        let gate = sigmoid_q16(
          input_part(input, input_bytes, depth, from_input + all_inputs, row + rows) +
            state_part(state, units, from_state + all_units, row + rows),
          table,
          shift,
        );
        sum += times_q16(gate, state_part(state, units, candidate_state, candidate_row) + load<i32>(bias));
        bias += 4;
      } else {
        sum += state_part(reset, units, candidate_state, candidate_row);
      }
      let candidate = tanh_q15(sum, table, shift);
      store<i16>(to, inline.always(gru_unit(<i32>load<i16>(old), update, candidate)));
      from_input += depth;
      from_state += units;
      row += 16;
      old += 2;
      to += 2;
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
