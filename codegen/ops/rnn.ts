/** RNN: h' = tanh(W·x + R·h + b), in Mote's fixed point (ONNX: RNN). Tensors as in families/recurrent.ts. */

import { defineOperator, type Layer } from "./descriptor.ts";
import { onnxRecurrent } from "./families/onnx_recurrent.ts";
import {
  checkResults,
  type RecurrentAttributes,
  recurrentMacs,
  recurrentOf,
  recurrentShapes,
} from "./families/recurrent.ts";
import { recurrentVariants } from "./families/recurrent_kernel.ts";
import { int16, runRecurrent, type Step, tanhQ15 } from "./families/recurrent_reference.ts";

const describe = (layer: Layer<RecurrentAttributes>) => recurrentOf(layer, 1);

const step: Step = (sums, state) =>
  state.map((_, unit) => {
    const row = sums.row(0, unit);
    return int16(tanhQ15(sums.input(row) + sums.state(row, state), sums.bits));
  });

export const rnn = defineOperator<RecurrentAttributes>({
  kind: "rnn",
  tflite: [],
  onnx: [onnxRecurrent({ kind: "rnn", name: "RNN", gates: 1, activations: ["Tanh"], more: () => ({}) })],
  shapes: recurrentShapes,
  check: (layer) => checkResults(layer, describe(layer), ["sequence", "last"]),
  macs: (layer) => recurrentMacs(describe(layer)),
  evaluate: (layer, inputs) => runRecurrent(layer, inputs, describe(layer), step),
  variants: recurrentVariants<RecurrentAttributes>({
    name: "rnn_s8",
    folder: "rnn",
    describe,
    sections: ({ rows }) => [rows.map((_, index) => index)],
    extraScratch: () => 0,
    extra: () => [],
  }),
  limits: "int8 weights; int8, int16 or float32 input; tanh; sequence or last state, either direction",
});
