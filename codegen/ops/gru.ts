/**
 * GRU: h' = (1 − z)·g + z·h with the logistic gates z (update) and r (reset) and the candidate g = tanh(W·x + R·(r·h) + b)
 * or, `linearBeforeReset`, tanh(W·x + b + r·(R·h + b_R)); in Mote's fixed point (ONNX: GRU; gates in its order z, r, g).
 * Tensors as in families/recurrent.ts.
 */

import { bytesOf } from "../graph/tensor.ts";
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
import {
  int16,
  runRecurrent,
  type Step,
  sigmoidQ16,
  tanhQ15,
  timesQ16,
} from "./families/recurrent_reference.ts";

export interface GruAttributes extends RecurrentAttributes {
  /** Whether the reset gate acts on the state's sum instead of on the state. */
  readonly linearBeforeReset: boolean;
}

const GATES = 3;
const CANDIDATE = 2;

const describe = (layer: Layer<GruAttributes>) =>
  recurrentOf(layer, GATES, layer.attributes.linearBeforeReset ? CANDIDATE : -1);

function step(linearBeforeReset: boolean): Step {
  return (sums, state) => {
    const gate = (which: number, unit: number) => {
      const row = sums.row(which, unit);
      return sigmoidQ16(sums.input(row) + sums.state(row, state), sums.bits);
    };
    const resets = state.map((_, unit) => gate(1, unit));
    const reset = state.map((old, unit) => timesQ16(resets[unit] ?? 0, old));
    return state.map((old, unit) => {
      const row = sums.row(CANDIDATE, unit);
      const part = linearBeforeReset
        ? timesQ16(resets[unit] ?? 0, sums.state(row, state) + row.stateBias)
        : sums.state(row, reset);
      const candidate = tanhQ15(sums.input(row) + part, sums.bits);
      const update = gate(0, unit);
      return int16(Math.floor((update * old + (2 ** 16 - update) * candidate + 2 ** 15) / 2 ** 16));
    });
  };
}

export const gru = defineOperator<GruAttributes>({
  kind: "gru",
  tflite: [],
  onnx: [
    onnxRecurrent({
      kind: "gru",
      name: "GRU",
      gates: GATES,
      activations: ["Sigmoid", "Tanh"],
      more: (node) => ({ linearBeforeReset: node.integer("linear_before_reset", 0) !== 0 }),
    }),
  ],
  shapes: recurrentShapes,
  check: (layer) => checkResults(layer, describe(layer), ["sequence", "last"]),
  macs: (layer) => recurrentMacs(describe(layer)),
  evaluate: (layer, inputs) =>
    runRecurrent(layer, inputs, describe(layer), step(layer.attributes.linearBeforeReset)),
  variants: recurrentVariants<GruAttributes>({
    name: "gru_s8",
    folder: "gru",
    describe,
    sections: ({ units }) =>
      Array.from({ length: GATES }, (_, gate) =>
        Array.from({ length: units }, (_, unit) => gate * units + unit),
      ),
    extraScratch: ({ units }, { attributes }) => (attributes.linearBeforeReset ? 0 : units * 2),
    pack({ rows, units }, { attributes }) {
      if (!attributes.linearBeforeReset) return {};
      const biases = Int32Array.from(rows.slice(CANDIDATE * units), ({ stateBias }) => stateBias);
      return { state_biases: { bytes: bytesOf(biases), align: 4, role: "weights" } };
    },
    extra(_, { attributes: { linearBeforeReset } }, __, scratch) {
      return [
        linearBeforeReset ? { name: "reset", literal: 0 } : { name: "reset", scratch },
        { name: "linear_before_reset", literal: Number(linearBeforeReset) },
        linearBeforeReset
          ? { name: "state_biases", constant: "state_biases" }
          : { name: "state_biases", literal: 0 },
      ];
    },
  }),
  limits:
    "int8 weights; int8, int16 or float32 input; logistic and tanh; both forms; sequence or last state, either direction",
});
