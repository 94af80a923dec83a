/**
 * UNIDIRECTIONAL_SEQUENCE_LSTM: an LSTM over a sequence, with its hidden and its cell state (TFLite Micro:
 * unidirectional_sequence_lstm.cc, lstm_eval.h; integer_ops/fully_connected.h, integer_ops/mul.h).
 *
 * Inputs: 0 sequence [batches, steps, inputs], or [steps, batches, inputs] where `timeMajor`; 1 to 4 weights
 * [units, inputs] and 5 to 8 state weights [units, units] of the input, forget, cell and output gates, 9 to 12 their biases
 * [units]; 13 hidden state and 14 cell state [batches, units]. Outputs: the hidden state after each step; the states.
 */

import { require } from "../error.ts";
import { alignUp } from "../graph/align.ts";
import { clamp, type FixedFactor, requantize } from "../graph/fixed_point.ts";
import { sigmoid16 } from "../graph/sigmoid_table.ts";
import type { Values } from "../graph/tensor.ts";
import { hasSimd } from "../plan/target.ts";
import { defineOperator, type KernelVariant, type TfliteOperator } from "./descriptor.ts";
import { zeroPointOf } from "./families/activation.ts";
import { fitsPairs, PAIR_SUMS_BYTES, packPairs, pairProducts } from "./families/pairs.ts";
import {
  CELL,
  cellNumbers,
  checkSequenceLstm,
  GATES,
  gateFactors,
  HIDDEN,
  inputAt,
  lstmSizes,
  type SequenceLstm,
  type SequenceLstmAttributes,
} from "./families/sequence_lstm.ts";
import { packLstm, unitRows } from "./families/sequence_lstm_packing.ts";

/** Where the file has what stays: sequence, weights, state weights, biases, states. */
const KEPT = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 15, 18, 19];
/** What TFLite Micro does not do either. */
const REFUSED = [
  { what: "peephole weights", positions: [9, 10, 11] },
  { what: "a projection", positions: [16, 17] },
  { what: "layer normalization", positions: [20, 21, 22, 23] },
];
const TANH = 4;

function read(operator: TfliteOperator) {
  for (const { what, positions } of REFUSED) {
    require(positions.every((position) => !operator.inputs[position]), () =>
      `expects a plain LSTM, found one with ${what}, which is not supported. Export the layer without.`);
  }
  require(operator.option("activation") === TANH, () =>
    `expects activation TANH (4), found ${operator.option("activation")}. Export the layer with tanh.`);
  const cellClip = operator.option("cellClip");
  require(cellClip >= 0, () =>
    `expects a cell clip of at least 0, found ${cellClip}. The file may be damaged; re-export it.`);
  return {
    attributes: { timeMajor: operator.option("timeMajor") !== 0, cellClip },
    inputs: KEPT,
    writes: [18, 19],
  };
}

const int16 = (value: number) => clamp(value, -32768, 32767);

function evaluate(layer: SequenceLstm, given: readonly (Values | undefined)[]): Values[] {
  const { batches, steps, inputs, units } = lstmSizes(layer);
  const at = (position: number) => given[position] ?? new Int8Array();
  const number = (values: Values, index: number) => Number(values[index] ?? 0);
  const [x, hidden, cell] = [
    at(0),
    Int8Array.from(at(HIDDEN) as Int8Array),
    Int16Array.from(at(CELL) as Int16Array),
  ];
  const zeroPoints = [zeroPointOf(inputAt(layer, 0)), zeroPointOf(inputAt(layer, HIDDEN))] as const;
  const { write, output, tanh, clip } = cellNumbers(layer);
  const places = GATES.map((gate) => ({ ...gate, factors: gateFactors(layer, gate) }));
  const result = new Int8Array(batches * steps * units);

  /** Σ (value − zero point) · weight of one unit, in int32, and scaled to int16. */
  const part = (
    values: Values,
    start: number,
    count: number,
    zeroPoint: number,
    weights: Values,
    unit: number,
    bias: number,
    factor: FixedFactor,
  ) => {
    let sum = bias;
    for (let k = 0; k < count; k++) {
      sum += (number(values, start + k) - zeroPoint) * number(weights, unit * count + k);
    }
    return int16(requantize(sum | 0, factor));
  };

  const step = (row: number, batch: number) => {
    const before = hidden.slice(batch * units, (batch + 1) * units);
    for (let unit = 0; unit < units; unit++) {
      const [forget = 0, into = 0, out = 0, value = 0] = places.map((gate) => {
        const bias = number(at(gate.bias), unit);
        const [sequence, state] = gate.factors;
        const sum =
          part(x, row * inputs, inputs, zeroPoints[0], at(gate.weights), unit, bias, sequence) +
          part(before, 0, units, zeroPoints[1], at(gate.stateWeights), unit, 0, state);
        return sigmoid16(int16(sum), { multiplier: 3, shift: 0 }, gate.name === "cell");
      });
      const place = batch * units + unit;
      const kept = int16(requantize(forget * number(cell, place), { multiplier: 2 ** 30, shift: -14 }));
      const sum = int16(kept + int16(requantize(into * value, write)));
      cell[place] = clip === undefined ? sum : clamp(sum, -clip, clip);
      const shown = sigmoid16(number(cell, place), tanh, true) * out;
      hidden[place] = clamp(requantize(shown, output) + zeroPoints[1], -128, 127);
      result[row * units + unit] = number(hidden, place);
    }
  };
  for (let batch = 0; batch < batches; batch++) {
    for (let time = 0; time < steps; time++) {
      step(layer.attributes.timeMajor ? time * batches + batch : batch * steps + time, batch);
    }
  }
  return [result, hidden, cell];
}

const portable: KernelVariant<SequenceLstmAttributes> = {
  name: "unidirectional_sequence_lstm_s8",
  file: "unidirectional_sequence_lstm/portable",
  fits: () => true,
  cost(layer) {
    const { batches, steps, inputs, units } = lstmSizes(layer);
    return batches * steps * units * (12 * (inputs + units) + 200);
  },
  pack: (layer) => packLstm(layer),
  overlap(layer, index) {
    if (index !== 0) return undefined;
    const { batches, steps, inputs, units } = lstmSizes(layer);
    // Row r is written while row r of the input is still read: the ends of the first rows decide, or those of the last.
    const rows = batches * steps;
    return Math.max(units, rows * units - (rows - 1) * inputs);
  },
  calls(layer) {
    const { batches, steps, inputs, units } = lstmSizes(layer);
    const { timeMajor } = layer.attributes;
    const { write, output, tanh, clip = -1 } = cellNumbers(layer);
    return [
      [
        { name: "input", input: 0 },
        { name: "output", output: 0 },
        { name: "hidden", input: HIDDEN },
        { name: "cell", input: CELL },
        { name: "weights", constant: "weights" },
        { name: "state_weights", constant: "state_weights" },
        { name: "biases", constant: "biases" },
        { name: "gates", constant: "gates" },
        { name: "table", constant: "table" },
        { name: "count_1", literal: timeMajor ? batches : steps },
        { name: "count_2", literal: timeMajor ? steps : batches },
        { name: "state_step_1", literal: timeMajor ? units : 0 },
        { name: "state_step_2", literal: timeMajor ? -batches * units : units },
        { name: "inputs", literal: inputs },
        { name: "units", literal: units },
        { name: "cell_multiplier", literal: write.multiplier },
        { name: "cell_shift", literal: write.shift },
        { name: "clip", literal: clip },
        { name: "tanh_multiplier", literal: tanh.multiplier },
        { name: "tanh_shift", literal: tanh.shift },
        { name: "output_multiplier", literal: output.multiplier },
        { name: "output_shift", literal: output.shift },
        { name: "output_zero_point", literal: zeroPointOf(inputAt(layer, HIDDEN)) },
      ],
    ];
  },
};

/** Values that are multiplied in one step. */
const LANES = 8;

const simd128: KernelVariant<SequenceLstmAttributes> = {
  ...portable,
  name: "unidirectional_sequence_lstm_s8_simd128",
  file: "unidirectional_sequence_lstm/simd128",
  fits: (_, target) => hasSimd(target),
  cost(layer) {
    const { batches, steps, inputs, units } = lstmSizes(layer);
    return batches * steps * units * (alignUp(inputs, LANES) + alignUp(units, LANES) + 200);
  },
  pack: (layer) => packLstm(layer, LANES),
};

/** Largest magnitude of an int8. */
const REACH = 128;

/** For interpreters: assembly/pairs.ts. */
const lanes: KernelVariant<SequenceLstmAttributes> = {
  ...portable,
  name: "unidirectional_sequence_lstm_s8_lanes",
  file: "unidirectional_sequence_lstm/lanes",
  fits: (layer, target) =>
    target.lanes &&
    fitsPairs(unitRows(layer, "weights"), REACH) &&
    fitsPairs(unitRows(layer, "stateWeights"), REACH),
  cost(layer) {
    const { batches, steps, inputs, units } = lstmSizes(layer);
    const rows = GATES.length * units;
    return batches * steps * (0.75 * (pairProducts(rows, inputs) + pairProducts(rows, units)) + 200 * units);
  },
  pack: (layer) => ({
    ...packLstm(layer),
    weights: { bytes: packPairs(unitRows(layer, "weights")), align: 8, role: "weights" },
    state_weights: { bytes: packPairs(unitRows(layer, "stateWeights")), align: 8, role: "weights" },
  }),
  scratch: () => 2 * PAIR_SUMS_BYTES,
  calls: (layer, ...rest) =>
    portable.calls(layer, ...rest).map((call) => [...call, { name: "sums", scratch: 0 }]),
};

export const unidirectionalSequenceLstm = defineOperator<SequenceLstmAttributes>({
  kind: "unidirectional_sequence_lstm",
  tflite: [
    {
      code: 44,
      name: "UNIDIRECTIONAL_SEQUENCE_LSTM",
      options: {
        activation: { id: 0, type: "int8" },
        cellClip: { id: 1, type: "float32" },
        timeMajor: { id: 3, type: "bool" },
      },
      read,
    },
  ],
  check: checkSequenceLstm,
  shapes(layer) {
    const { units } = lstmSizes(layer);
    const states = [HIDDEN, CELL].map((position) => inputAt(layer, position).shape);
    return [[...inputAt(layer, 0).shape.slice(0, 2), units], ...states];
  },
  macs(layer) {
    const { batches, steps, inputs, units } = lstmSizes(layer);
    return batches * steps * 4 * units * (inputs + units);
  },
  evaluate,
  variants: [portable, simd128, lanes],
  limits: "int8 with an int16 cell state; tanh; no CIFG, peepholes, projection or layer normalization",
});
