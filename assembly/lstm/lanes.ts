/** LSTM layer in fixed point for interpreters: dot products by pairs of rows (assembly/pairs.ts). */

import { copy_bytes } from "../bytes";
import { pair_excess, pair_sums } from "../pairs";
import {
  convert,
  lstm_unit,
  scaled_input,
  scaled_state,
  sigmoid_q16,
  start_state,
  tanh_q15,
} from "../recurrent";

/**
 * As lstm_s8, for integer inputs and with other constants: `weights` are those of `pair_sums`, for the input and then for the
 * state, eight rows after another; zeros fill the last eight. `sums`: scratch of 64 bytes.
 */
export function lstm_s8_lanes(
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
  cell: usize,
  initial_cell: usize,
  initial_cell_bytes: i32,
  initial_cell_zero_point: i32,
  initial_cell_multiplier: i32,
  initial_cell_exponent: i32,
  last_cell: usize,
  last_cell_bytes: i32,
  last_cell_zero_point: i32,
  last_cell_multiplier: i32,
  last_cell_exponent: i32,
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
    inline.always(
      start_state(
        cell,
        4,
        units,
        initial_cell,
        initial_cell_bytes,
        initial_cell_zero_point,
        initial_cell_multiplier,
        initial_cell_exponent,
      ),
    );
  }
  let input_tile = ((depth + 3) & ~3) << 3;
  let state_tile = ((units + 3) & ~3) << 3;
  let state_weights = weights + ((units + 1) >> 1) * input_tile;
  do {
    let input_excess = pair_excess(input, input_bytes, depth);
    let state_excess = pair_excess(state, 2, units);
    let from_input = weights;
    let from_state = state_weights;
    let row = parameters;
    let to = next;
    let end = next + bytes;
    let memory = cell;
    do {
      pair_sums(input, input_bytes, depth, input_excess, from_input, sums);
      pair_sums(state, 2, units, state_excess, from_state, sums + 32);
      let at = sums;
      // The four gates of two units.
      let tile_end = min(to + 4, end);
      do {
        let gate = 0;
        let input_gate = 0;
        let output_gate = 0;
        let forget_gate = 0;
        let sum = 0;
        do {
          sum = scaled_input(load<i32>(at), row) + scaled_state(load<i32>(at, 32), row);
          if (gate < 3) {
            input_gate = output_gate;
            output_gate = forget_gate;
            forget_gate = sigmoid_q16(sum, table, shift);
          }
          at += 4;
          row += 16;
        } while (++gate < 4);
        let candidate = tanh_q15(sum, table, shift);
        store<i16>(
          to,
          inline.always(lstm_unit(memory, input_gate, output_gate, forget_gate, candidate, table)),
        );
        memory += 4;
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
  convert(
    cell,
    4,
    0,
    last_cell,
    last_cell_bytes,
    last_cell_zero_point,
    units,
    last_cell_multiplier,
    last_cell_exponent,
  );
}
