/** Trained recurrent networks over 1,000 steps: their fixed point beside the float network with the same int8 weights. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readNpy } from "../../codegen/cli/inputs/npy.ts";
import { layerOf } from "../../codegen/graph/graph.ts";
import { valuesOf } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { deviation, floatStates, type RecurrentKind } from "./recurrent_networks.ts";

const STEPS = 1000;
const read = (path: string) =>
  new Uint8Array(readFileSync(new URL(`../../models/motion/${path}`, import.meta.url)));

describe("trained recurrent networks", () => {
  for (const [kind, file] of [
    ["gru", "motion.onnx"],
    ["gru", "cells/gru_reset_first.onnx"],
    ["lstm", "cells/lstm.onnx"],
    ["rnn", "cells/rnn.onnx"],
  ] satisfies [RecurrentKind, string][]) {
    it(`${file} stays within 1 of the float network's int8 states for ${STEPS} steps, 0.3 on average`, () => {
      const shapes = { motion: [STEPS, 1, 3] };
      const graph = importModel(read(file), { file, shapes });
      const operator = graph.operators.find((entry) => entry.kind === kind);
      assert.ok(operator);
      const layer = layerOf(graph, operator);
      const [x] = layer.inputs;
      const [scale = 0] = x?.quantization?.scales ?? [];
      const { values } = readNpy(read("samples/walk.npy"), "walk.npy");
      const motion = Int8Array.from(values, Number);
      assert.deepEqual([x?.shape.join(), motion.length, scale], [`${STEPS},1,3`, 3 * STEPS, 1 / 32]);
      const real = Array.from({ length: STEPS }, (_, step) =>
        Array.from(motion.subarray(3 * step, 3 * step + 3), (q) => q * scale),
      );
      const inputs = layer.inputs.map((entry, index) =>
        index === 0 ? motion : entry?.data && valuesOf(entry.dtype, entry.data),
      );
      const [states] = descriptorOf(operator).evaluate(layer, inputs);
      const found = deviation(states, floatStates(kind, layer, real));
      assert.ok(found.largest <= 1 && found.mean <= 0.3 && found.lateMean <= 0.3, JSON.stringify(found));
      // States that move: a network that does nothing would be exact.
      assert.ok(new Set(Array.from(states ?? [], Number)).size > 100);
    });
  }
});
