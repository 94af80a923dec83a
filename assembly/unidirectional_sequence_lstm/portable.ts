/** LSTM over a sequence as .tflite files hold it (TFLite Micro: lstm_eval.h, LstmStep; integer_ops/mul.h). */

import { copy_bytes } from "../bytes";
import { clamp, requantize, requantize_right } from "../fixed_point";
import { sigmoid_q15 } from "../logistic/portable";

/** Σ x · w of `count` ≥ 1 int8 values each, and what is at `bias`. */
function dot(x: usize, w: usize, count: i32, bias: usize): i32 {
  let sum = load<i32>(bias);
  let end = w + count;
  do {
    sum += <i32>load<i8>(x) * <i32>load<i8>(w);
    x += 1;
    w += 1;
  } while (w != end);
  return sum;
}

/** `requantize`, kept within int16. */
export function scale(value: i32, multiplier: i32, shift: i32): i32 {
  return clamp(requantize(value, multiplier, shift), -32768, 32767);
}

/** A unit's cell and output from its gates; parameters as below. */
export function remember(
  memory: usize,
  output: usize,
  forget: i32,
  write: i32,
  show: i32,
  value: i32,
  table: usize,
  cell_multiplier: i32,
  cell_shift: i32,
  clip: i32,
  tanh_multiplier: i32,
  tanh_shift: i32,
  output_multiplier: i32,
  output_shift: i32,
  output_zero_point: i32,
): void {
  // Products of int16 fit int32; the first is times 2^-15.
  let next = clamp(
    clamp(requantize_right(forget * <i32>load<i16>(memory), 1 << 30, 14), -32768, 32767) +
      scale(write * value, cell_multiplier, cell_shift),
    -32768,
    32767,
  );
  if (clip >= 0) next = clamp(next, -clip, clip);
  store<i16>(memory, next);
  let shown = sigmoid_q15(next, table, tanh_multiplier, tanh_shift, 1) * show;
  store<i8>(output, clamp(requantize(shown, output_multiplier, output_shift) + output_zero_point, -128, 127));
}

/**
 * `count_1` · `count_2` rows of int8 `inputs` give as many of int8 `units`, each from the state of its batch. All sizes ≥ 1.
 * `hidden` int8 and `cell` int16 [batches, units] are the state of the first row; the next row's lies `state_step_1` places
 * behind it, or `state_step_2` where it starts another `count_1` rows. The output may overlap the input where a row of it
 * starts at least its size before the input's row does.
 *
 * Per unit and gate (forget, input, output, cell next to each other): `weights` int8 [inputs] and `state_weights` int8
 * [units], and int32 `biases` for the sum of either, with −zero point · Σ weights. `gates`: multiplier and shift for the sum
 * of either, int32, for each gate; they give 12 fraction bits. σ and tanh by `table`, see `sigmoid_q15`; the cell's number
 * counts `tanh_multiplier` · 2^-`tanh_shift` / 12288. Multipliers are Q31 in [2^30, 2^31) or 0, shifts in [-31, 30].
 * `clip`: largest magnitude of the cell; −1: none.
 */
export function unidirectional_sequence_lstm_s8(
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
            scale(dot(input, w, inputs, bias), load<i32>(factors), load<i32>(factors, 4)) +
              scale(dot(hidden, u, units, bias + 4), load<i32>(factors, 8), load<i32>(factors, 12)),
            -32768,
            32767,
          );
          value = sigmoid_q15(value, table, 3, 0, gate == 3 ? 1 : 0);
          w += inputs;
          u += units;
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
