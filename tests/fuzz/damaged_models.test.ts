/** Damaged models from import to plan: refused in one sentence, or planned; a sample of them is built and run. */

import { strict as assert } from "node:assert";
import { importModel } from "../../codegen/import/index.ts";
import { compileModel, MoteError } from "../../codegen/index.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { mutations } from "../mutate.ts";
import { OWN_MODELS, ownModel } from "../networks.ts";

const MUTATIONS = 1000;
const SEED = 20261124;
const MAX_MILLISECONDS = 2000;
const MAX_BYTES = 256_000_000;
const BUILT = 34;
/** A plan that needs more than this is right, but takes long to build and to run. */
const RUNNABLE = { macs: 20_000_000, bytes: 4_000_000 };

/** Whether the model is accepted up to its plan, and is small enough to be run here. */
function isRunnable(bytes: Uint8Array, what: string): boolean {
  try {
    const { graph } = runPasses(importModel(bytes, { file: "damaged.tflite" }));
    const plan = makePlan(graph, { target: TARGETS.portable, inline: new Set() });
    const macs = plan.layers.reduce((sum, layer) => sum + layer.macs, 0);
    return macs <= RUNNABLE.macs && plan.memory.totalBytes <= RUNNABLE.bytes;
  } catch (error) {
    assert.ok(error instanceof MoteError, `${what}: ${error instanceof Error ? error.stack : error}`);
    assert.match(error.message, /^damaged\.tflite[^\n]*: [^\n]+$/, what);
    return false;
  }
}

describe("damaged models", function () {
  this.timeout(300_000);

  for (const name of OWN_MODELS) {
    const { model } = ownModel(name);
    const accepted: { what: string; bytes: Uint8Array }[] = [];

    it(`${name}: ${MUTATIONS} mutations are refused in one sentence or planned, quickly and in little memory`, () => {
      for (const { what, bytes } of mutations(model, SEED, MUTATIONS)) {
        const before = process.memoryUsage();
        const start = performance.now();
        if (isRunnable(bytes, what)) accepted.push({ what, bytes: bytes.slice() });
        assert.ok(
          performance.now() - start < MAX_MILLISECONDS,
          `${what}: took ${performance.now() - start} ms`,
        );
        const after = process.memoryUsage();
        const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
        assert.ok(grown < MAX_BYTES, `${what}: took ${grown} bytes`);
      }
      assert.ok(accepted.length > BUILT, `only ${accepted.length} were accepted`);
    });

    it(`${name}: ${BUILT} of the accepted ones are built and don't trap on any bytes`, async () => {
      const step = Math.max(1, Math.floor(accepted.length / BUILT));
      for (const { what, bytes } of accepted.filter((_, index) => index % step === 0).slice(0, BUILT)) {
        const { wasm, manifest } = await compileModel(bytes, { file: "damaged.tflite", optimize: "size" });
        const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
        const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
        for (const fill of [0x80, 0x7f, 0x00, 0xff]) {
          for (const input of manifest.inputs) memory.fill(fill, input.address, input.address + input.bytes);
          assert.doesNotThrow(exports.invoke as () => void, what);
        }
      }
    });
  }
});
