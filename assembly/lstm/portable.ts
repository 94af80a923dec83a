/** LSTM layer in fixed point, scalar (ONNX: LSTM). */

import { copy_bytes } from "../bytes";
import { convert, input_part, lstm_unit, sigmoid_q16, start_state, state_part, tanh_q15 } from "../recurrent";

/**
 * `steps` steps, the inputs of which lie `input_step` bytes apart (negative: backwards), each `depth` values of
 * `input_bytes` (1 int8, 2 int16, 4 float32). `parameters`, `table` and `shift` as in recurrent.ts.
 * `state`: int16[units] in Q15, replaced step by step; it starts as it is where `keep`, else as `initial` of
 * `initial_bytes` (0: zeros), scaled by multiplier and exponent. `sequence`, `last`: the state after every step, a step's
 * `sequence_step` bytes apart (0: left out), and after the last (where `has_last`), `output_bytes` (1 or 2) a value, scaled
 * likewise.
 * `weights`: int8 [4 · units, depth], then [4 · units, units]: the input, output, forget and cell gates of a unit next to
 * each other. `cell`: int32[units] with 16 fraction bits, kept, started and given out (`last_cell`, where
 * `last_cell_bytes`) as the state is. `next`: scratch of int16[units].
 */
export function lstm_s8(
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
  do {
    let from_input = weights;
    let from_state = weights + (units << 2) * depth;
    let row = parameters;
    let to = next;
    let end = next + bytes;
    let memory = cell;
    do {
      let gate = 0;
      let input_gate = 0;
      let output_gate = 0;
      let forget_gate = 0;
      let sum = 0;
      do {
        sum =
          input_part(input, input_bytes, depth, from_input, row) + state_part(state, units, from_state, row);
        if (gate < 3) {
          input_gate = output_gate;
          output_gate = forget_gate;
          forget_gate = sigmoid_q16(sum, table, shift);
        }
        from_input += depth;
        from_state += units;
        row += 16;
      } while (++gate < 4);
      let candidate = tanh_q15(sum, table, shift);
      store<i16>(
        to,
        inline.always(lstm_unit(memory, input_gate, output_gate, forget_gate, candidate, table)),
      );
      memory += 4;
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
