/** The project's own .onnx networks: onnxruntime's outputs within one step, on every build; state kept from step to step. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import wabt from "wabt";
import { readNpy } from "../../codegen/cli/inputs/npy.ts";
import { evaluateGraph, initialState } from "../../codegen/graph/evaluate.ts";
import { importModel } from "../../codegen/import/index.ts";
import { compileModel } from "../../codegen/index.ts";
import { mote } from "../cli/command.ts";
import { firstDifference, OWN_ONNX_MODELS, ownModel } from "../networks.ts";

const BUILDS = [
  { target: "portable", optimize: "size" },
  { target: "portable", optimize: "speed" },
  { target: "web", optimize: "balanced" },
  { target: "node", optimize: "speed" },
] as const;

const read = (...path: string[]) => new Uint8Array(readFileSync(join("models", ...path)));
const json = (...path: string[]) => JSON.parse(new TextDecoder().decode(read(...path)));

describe("the project's .onnx networks", function () {
  this.timeout(120_000);

  for (const name of OWN_ONNX_MODELS) {
    it(`${name} is within one step of onnxruntime on every build`, async () => {
      const network = ownModel(name);
      const stateful = network.inSequence !== undefined;
      for (const build of BUILDS) {
        const { wasm, report } = await compileModel(network.model, {
          file: `${name}.onnx`,
          stateful,
          ...build,
        });
        assert.equal(firstDifference(network, wasm), undefined, JSON.stringify(build));
        assert.equal(report.memory.arena, report.memory.bound);
      }
    });
  }

  it("digits_qdq reads its samples", () => {
    const graph = importModel(ownModel("digits_qdq").model, { file: "digits_qdq.onnx" });
    const expected: Record<string, { answer: string }> = json("digits_qdq", "samples", "expected.json");
    for (const [file, { answer }] of Object.entries(expected)) {
      const { values } = readNpy(read("digits_qdq", "samples", file), file);
      const [scores] = evaluateGraph(graph, [Float32Array.from(values, Number)]);
      const all = Array.from(scores ?? [], Number);
      assert.equal(String(all.indexOf(Math.max(...all))), answer, file);
    }
  });

  it("motion gives step by step what it gives for the whole sequence, and the answers of onnxruntime", () => {
    const { model } = ownModel("motion");
    const { values } = readNpy(read("motion", "samples", "walk.npy"), "walk.npy");
    const motion = Int8Array.from(values, Number);
    const steps = motion.length / 3;
    const whole = importModel(model, { file: "motion.onnx", shapes: { motion: [steps, 1, 3] } });
    const single = importModel(model, { file: "motion.onnx", stateful: true });
    const state = initialState(single);
    const scores = Array.from({ length: steps }, (_, step) =>
      Array.from(evaluateGraph(single, [motion.slice(3 * step, 3 * step + 3)], state)[0] ?? [], Number),
    );
    assert.deepEqual(scores.flat(), Array.from(evaluateGraph(whole, [motion])[0] ?? [], Number));
    const { walk }: { walk: { answers: number[]; done: number[] } } = json(
      "motion",
      "samples",
      "expected.json",
    );
    const answers = scores.map((row) => row.indexOf(Math.max(...row)));
    const share = (of: readonly number[]) =>
      answers.filter((answer, step) => answer === of[step]).length / steps;
    assert.ok(
      share(walk.answers) >= 0.995 && share(walk.done) >= 0.75,
      `${share(walk.answers)} ${share(walk.done)}`,
    );
  });

  it("motion has no float instruction, and builds where there are none", async () => {
    const options = { file: "motion.onnx", stateful: true, floats: false };
    const { wasm, manifest } = await compileModel(ownModel("motion").model, options);
    const module = (await wabt()).readWasm(wasm, {});
    assert.doesNotMatch(module.toText({}), /\bf(32|64)\b/);
    assert.equal(manifest.floats, undefined);
  });

  it("mote verify takes the step of a case into account", async () => {
    const verify = await mote("verify", "models/motion/motion.onnx", "models/motion", "--stateful");
    assert.match(
      verify.out,
      /^motion\.onnx: within one step, \d+ values not equal \(64 samples × 1 output, one by one and in sequence\)$/m,
      verify.err,
    );
    const without = await mote("verify", "models/motion/motion.onnx", "models/motion");
    assert.match(without.err, /since the model keeps no state, found "output0\.seq\.bin"/);
    const other = await mote("verify", "models/motion/cells/lstm.onnx", "models/motion", "--stateful");
    assert.equal(other.code, 1);
    assert.match(other.out, /differs at output 0 \("scores"\)/);
  });
});
