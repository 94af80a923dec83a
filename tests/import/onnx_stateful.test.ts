/** `--stateful`: a recurrent layer that runs one step a call gives what it gives on the whole sequence. */

import { strict as assert } from "node:assert";
import { evaluateGraph, initialState } from "../../codegen/graph/evaluate.ts";
import { tensorAt } from "../../codegen/graph/graph.ts";
import { importModel } from "../../codegen/import/index.ts";
import { compileModel } from "../../codegen/index.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { randomOf } from "../ops/random_values.ts";
import { randomInputs } from "../random_network.ts";

const STEPS = 6;
const DEPTH = 7;

describe("--stateful", () => {
  for (const name of ["onnx_gru", "onnx_lstm"]) {
    it(`${name}, one step a call, ends where the whole sequence does; reset starts anew`, async function () {
      const entry = conformanceCase(name);
      if (!entry) return this.skip();
      const { model } = conformanceNetwork(entry);
      const whole = importModel(model, { file: "m.onnx" });
      const options = { file: "m.onnx", shapes: { x: [1, 1, DEPTH] }, stateful: true };
      const single = importModel(model, options);
      const [x] = randomInputs(whole, randomOf(3));
      assert.ok(x instanceof Float32Array && x.length === STEPS * DEPTH);
      x.forEach((_, index) => {
        x[index] = Math.sin(index);
      });
      const wanted = evaluateGraph(whole, [x]);
      const state = initialState(single);
      const steps = Array.from({ length: STEPS }, (_, step) =>
        evaluateGraph(single, [x.slice(step * DEPTH, (step + 1) * DEPTH)], state),
      );
      assert.deepEqual(steps.at(-1), wanted);

      const { wasm, manifest } = await compileModel(model, options);
      assert.ok(manifest.stateBytes > 0);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
      const { memory, invoke, reset } = exports as unknown as {
        memory: WebAssembly.Memory;
        invoke: () => void;
        reset: () => void;
      };
      const [input, output] = [manifest.inputs[0], manifest.outputs[0]];
      assert.ok(input && output && tensorAt(single, single.inputs[0] ?? -1).shape.join() === "1,1,7");
      for (let round = 0; round < 2; round++) {
        reset();
        const found = Array.from({ length: STEPS }, (_, step): Float32Array[] => {
          new Float32Array(memory.buffer, input.address, DEPTH).set(
            x.slice(step * DEPTH, (step + 1) * DEPTH),
          );
          invoke();
          return [new Float32Array(memory.buffer.slice(output.address, output.address + output.bytes))];
        });
        assert.deepEqual(found, steps);
      }
    });
  }
});
