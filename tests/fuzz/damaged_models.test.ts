/** Damaged models from import to plan: refused in one sentence, or planned; a sample of them is built and run. */

import { strict as assert } from "node:assert";
import { MoteError } from "../../codegen/index.ts";
import { mutations } from "../mutate.ts";
import { OWN_MODELS, ownModel } from "../networks.ts";
import { isRunnable, runFilled } from "./damaged.ts";

const MUTATIONS = 1000;
const SEED = 20261124;
const MAX_MILLISECONDS = 2000;
const MAX_BYTES = 256_000_000;
const BUILT = 34;
const FILE = "damaged.tflite";
const RUNNABLE = { macs: 20_000_000, bytes: 4_000_000 };

/** Whether the model is accepted and small enough; one that is refused must be so in one sentence. */
function isAccepted(bytes: Uint8Array, what: string): boolean {
  try {
    return isRunnable(bytes, FILE, RUNNABLE);
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
        if (isAccepted(bytes, what)) accepted.push({ what, bytes: bytes.slice() });
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
        await assert.doesNotReject(runFilled(bytes, FILE), what);
      }
    });
  }
});
