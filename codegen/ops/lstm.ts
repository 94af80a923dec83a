/**
 * LSTM: c' = f·c + i·g, h' = o·tanh(c'), where i, o and f are logistic and g is tanh of a gate's sum; in Mote's fixed point
 * (ONNX: LSTM; gates in its order i, o, f, g). Tensors as in families/recurrent.ts.
 */

import { clamp } from "../graph/fixed_point.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { onnxRecurrent } from "./families/onnx_recurrent.ts";
import {
  CELL_BITS,
  checkResults,
  type RecurrentAttributes,
  recurrentMacs,
  recurrentOf,
  recurrentShapes,
} from "./families/recurrent.ts";
import { cellArguments, recurrentVariants } from "./families/recurrent_kernel.ts";
import {
  int16,
  runRecurrent,
  type Step,
  sigmoidQ16,
  tanhQ15,
  timesQ16,
} from "./families/recurrent_reference.ts";

const GATES = 4;
/** The cell stays within ±(2^31 − 1). */
const MAX_CELL = 2 ** 31 - 1;

const describe = (layer: Layer<RecurrentAttributes>) => recurrentOf(layer, GATES);

const step: Step = (sums, state, cell) =>
  state.map((_, unit) => {
    const sum = (gate: number) => {
      const row = sums.row(gate, unit);
      return sums.input(row) + sums.state(row, state);
    };
    const [input, output, forget] = [0, 1, 2].map((gate) => sigmoidQ16(sum(gate), sums.bits));
    const added = (input ?? 0) * tanhQ15(sum(3), sums.bits) * 2;
    const kept = (forget ?? 0) * (cell[unit] ?? 0);
    const next = clamp(Math.floor((kept + added + 2 ** 15) / 2 ** 16), -MAX_CELL, MAX_CELL);
    cell[unit] = next;
    return int16(timesQ16(output ?? 0, tanhQ15(next, CELL_BITS)));
  });

export const lstm = defineOperator<RecurrentAttributes>({
  kind: "lstm",
  tflite: [],
  onnx: [
    onnxRecurrent({
      kind: "lstm",
      name: "LSTM",
      cell: true,
      gates: GATES,
      activations: ["Sigmoid", "Tanh", "Tanh"],
      more: () => ({}),
    }),
  ],
  shapes: recurrentShapes,
  check: (layer) => checkResults(layer, describe(layer), ["sequence", "last", "cell"]),
  macs: (layer) => recurrentMacs(describe(layer)),
  evaluate: (layer, inputs) => runRecurrent(layer, inputs, describe(layer), step),
  variants: recurrentVariants<RecurrentAttributes>({
    name: "lstm_s8",
    folder: "lstm",
    describe,
    // All gates of a unit next to each other.
    sections: ({ rows, units }) => [
      rows.map((_, index) => (index % GATES) * units + Math.floor(index / GATES)),
    ],
    extraScratch: ({ units }, { attributes }) => (attributes.stateful ? 0 : units * 4),
    extra: (recurrent, layer, batch, scratch) => cellArguments(layer, recurrent, batch, scratch),
  }),
  limits:
    "int8 weights; int8, int16 or float32 input; logistic and tanh; sequence, last state or last cell, either direction; no peepholes",
});
