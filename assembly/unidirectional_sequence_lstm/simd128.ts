/** LSTM over a sequence with SIMD128: the sums of a unit's four gates side by side. */

import { copy_bytes } from "../bytes";
import { clamp } from "../fixed_point";
import { sigmoid_q15 } from "../logistic/portable";
import { sum_lanes } from "../sum_lanes_simd128";
import { remember, scale } from "./portable";

/** The four sums at `bias` plus Σ x · w; `weights`: for every 8 of `count` values those of four filters. */
function dot_four(x: usize, weights: usize, count: i32, bias: usize): v128 {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let end = x + count;
  do {
    let values = v128.load_ext<i8>(x);
    a = i32x4.add(a, i32x4.dot_i16x8_s(values, v128.load_ext<i8>(weights)));
    b = i32x4.add(b, i32x4.dot_i16x8_s(values, v128.load_ext<i8>(weights, 8)));
    c = i32x4.add(c, i32x4.dot_i16x8_s(values, v128.load_ext<i8>(weights, 16)));
    d = i32x4.add(d, i32x4.dot_i16x8_s(values, v128.load_ext<i8>(weights, 24)));
    x += 8;
    weights += 32;
  } while (x < end);
  return i32x4.add(inline.always(sum_lanes(a, b, c, d)), v128.load(bias));
}

/** A gate from its two sums; `factors`: a multiplier and a shift for either. */
function gate_of(sequence: i32, state: i32, factors: usize, table: usize, tanh: i32): i32 {
  let sum =
    scale(sequence, load<i32>(factors), load<i32>(factors, 4)) +
    scale(state, load<i32>(factors, 8), load<i32>(factors, 12));
  return sigmoid_q15(clamp(sum, -32768, 32767), table, 3, 0, tanh);
}

/**
 * As unidirectional_sequence_lstm_s8, with other constants: `weights` and `state_weights` are per unit and 8 values the
 * int8 weights of its four gates, 8 each, with zeros beyond the last value; `biases` per unit the gates' four int32 for the
 * sequence, then four for the state. Reads up to 7 bytes beyond a row of the input and beyond the hidden state, which meet
 * zeros.
 */
export function unidirectional_sequence_lstm_s8_simd128(
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
): void {
  do {
    let row = count_1;
    do {
      let w = weights;
      let u = state_weights;
      let bias = biases;
      let memory = cell;
      let end = output + units;
      do {
        let x = inline.always(dot_four(input, w, inputs, bias));
        let h = inline.always(dot_four(hidden, u, units, bias + 16));
        let forget = gate_of(i32x4.extract_lane(x, 0), i32x4.extract_lane(h, 0), gates, table, 0);
        let write = gate_of(i32x4.extract_lane(x, 1), i32x4.extract_lane(h, 1), gates + 16, table, 0);
        let show = gate_of(i32x4.extract_lane(x, 2), i32x4.extract_lane(h, 2), gates + 32, table, 0);
        let value = gate_of(i32x4.extract_lane(x, 3), i32x4.extract_lane(h, 3), gates + 48, table, 1);
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
        w += ((inputs + 7) & ~7) << 2;
        u += ((units + 7) & ~7) << 2;
        bias += 32;
        memory += 2;
        output += 1;
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
