/** LSTM over a sequence for interpreters: dot products by pairs of rows (assembly/pairs.ts). */

import { copy_bytes } from "../bytes";
import { clamp } from "../fixed_point";
import { sigmoid_q15 } from "../logistic/portable";
import { pair_excess, pair_sums } from "../pairs";
import { remember, scale } from "./portable";

/**
 * As unidirectional_sequence_lstm_s8, with other constants: `weights` and `state_weights` are those of `pair_sums`, eight rows
 * after another; zeros fill the last eight. `sums`: scratch of 64 bytes.
 */
export function unidirectional_sequence_lstm_s8_lanes(
  input: usize,
  output: usize,
  hidden: usize,
  cell: usize,
  weights: usize,
  state_weights: usize,
  biases: usize,
  gates: usize,
  table: usize,
  count_1: i32,
  count_2: i32,
  state_step_1: i32,
  state_step_2: i32,
  inputs: i32,
  units: i32,
  cell_multiplier: i32,
  cell_shift: i32,
  clip: i32,
  tanh_multiplier: i32,
  tanh_shift: i32,
  output_multiplier: i32,
  output_shift: i32,
  output_zero_point: i32,
  sums: usize,
): void {
  let input_tile = ((inputs + 3) & ~3) << 3;
  let state_tile = ((units + 3) & ~3) << 3;
  do {
    let row = count_1;
    do {
      let input_excess = pair_excess(input, 1, inputs);
      let state_excess = pair_excess(hidden, 1, units);
      let w = weights;
      let u = state_weights;
      let bias = biases;
      let memory = cell;
      let end = output + units;
      do {
        pair_sums(input, 1, inputs, input_excess, w, sums);
        pair_sums(hidden, 1, units, state_excess, u, sums + 32);
        let at = sums;
        // The four gates of two units.
        let tile_end = min(output + 2, end);
        do {
          let forget = 0;
          let write = 0;
          let show = 0;
          let value = 0;
          let gate = 0;
          let factors = gates;
          do {
            forget = write;
            write = show;
            show = value;
            value = clamp(
              scale(load<i32>(at) + load<i32>(bias), load<i32>(factors), load<i32>(factors, 4)) +
                scale(load<i32>(at, 32) + load<i32>(bias, 4), load<i32>(factors, 8), load<i32>(factors, 12)),
              -32768,
              32767,
            );
            value = sigmoid_q15(value, table, 3, 0, gate == 3 ? 1 : 0);
            at += 4;
            bias += 8;
            factors += 16;
          } while (++gate < 4);
          inline.always(
            remember(
              memory,
              output,
              forget,
              write,
              show,
              value,
              table,
              cell_multiplier,
              cell_shift,
              clip,
              tanh_multiplier,
              tanh_shift,
              output_multiplier,
              output_shift,
              output_zero_point,
            ),
          );
          memory += 2;
          output += 1;
        } while (output != tile_end);
        w += input_tile;
        u += state_tile;
      } while (output != end);
      // Every gate of the step has read the state before it.
      copy_bytes(hidden, output - units, units);
      hidden += state_step_1;
      cell += state_step_1 << 1;
      input += inputs;
    } while (--row);
    hidden += state_step_2;
    cell += state_step_2 << 1;
  } while (--count_2);
}
