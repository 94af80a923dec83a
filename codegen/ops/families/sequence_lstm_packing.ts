/** Packs the constants of the LSTM of .tflite files for its kernels. */

import { SIGMOID_TABLE } from "../../graph/sigmoid_table.ts";
import { bytesOf } from "../../graph/tensor.ts";
import type { Packed } from "../descriptor.ts";
import { foldedBiases, GATES, gateFactors, inputAt, lstmSizes, type SequenceLstm } from "./sequence_lstm.ts";

/**
 * Weights unit by unit, the gates of each next to each other; biases and factors likewise. With `block`, the weights of a gate
 * come in blocks of that many, those of all gates next to each other, with zeros beyond the last; a unit's biases for the
 * sequence then come before those for the state.
 */
export function packLstm(layer: SequenceLstm, block?: number): Packed {
  const { inputs, units } = lstmSizes(layer);
  const rows = (position: "weights" | "stateWeights", length: number) => {
    const run = block ?? length;
    const blocks = Math.ceil(length / run);
    const bytes = new Uint8Array(units * GATES.length * blocks * run);
    GATES.forEach((gate, index) => {
      const { data = new Uint8Array() } = inputAt(layer, gate[position]);
      for (let at = 0; at < units * blocks; at++) {
        const [unit, first] = [Math.floor(at / blocks), (at % blocks) * run];
        const values = data.subarray(unit * length + first, unit * length + Math.min(first + run, length));
        bytes.set(values, (at * GATES.length + index) * run);
      }
    });
    return bytes;
  };
  const folded = GATES.map((gate) => foldedBiases(layer, gate));
  const biases = Array.from({ length: units }, (_, unit) =>
    block
      ? [0, 1].flatMap((part) => folded.map((gate) => gate[part]?.[unit] ?? 0))
      : folded.flatMap(([sequence, state]) => [sequence[unit] ?? 0, state[unit] ?? 0]),
  ).flat();
  const factors = GATES.flatMap((gate) =>
    gateFactors(layer, gate).flatMap(({ multiplier, shift }) => [multiplier, shift]),
  );
  const role = "weights";
  return {
    weights: { bytes: rows("weights", inputs), align: 1, role },
    state_weights: { bytes: rows("stateWeights", units), align: 1, role },
    biases: { bytes: bytesOf(Int32Array.from(biases)), align: 4, role },
    gates: { bytes: bytesOf(Int32Array.from(factors)), align: 4, role },
    table: { bytes: new Uint8Array(SIGMOID_TABLE.buffer), align: 2, role: "tables" },
  };
}

/** Rows of a matrix unit by unit, the gates of each next to each other. */
export function unitRows(layer: SequenceLstm, position: "weights" | "stateWeights"): Int8Array[] {
  const { units } = lstmSizes(layer);
  const matrices = GATES.map((gate) => {
    const { data = new Uint8Array() } = inputAt(layer, gate[position]);
    return Int8Array.from(data);
  });
  return Array.from({ length: units }, (_, unit) =>
    matrices.map((all) => all.subarray((unit * all.length) / units, ((unit + 1) * all.length) / units)),
  ).flat();
}
