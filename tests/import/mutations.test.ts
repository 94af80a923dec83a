/** Damaged copies of the carried models: each is refused with one message or gives a graph, soon and in little memory. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { MoteError } from "../../codegen/error.ts";
import { importModel } from "../../codegen/import/index.ts";
import { mutations } from "../mutate.ts";

const COUNT = 1000;
const LONGEST_MS = 2000;
const MOST_BYTES = 256e6;

describe("1,000 mutations", () => {
  ["digits", "pruned", "regressor", "knocks"].forEach((name, model) => {
    it(`of models/${name} are refused or imported`, () => {
      const bytes = readFileSync(`models/${name}/${name}.tflite`);
      const before = memory();
      let refused = 0;
      let most = 0;
      for (const mutation of mutations(bytes, 1000 + model, COUNT)) {
        const start = performance.now();
        try {
          importModel(mutation.bytes, { file: `${name}.tflite` });
        } catch (error) {
          refused++;
          assertSentence(error, mutation.what);
        }
        const took = performance.now() - start;
        assert.ok(took < LONGEST_MS, `${mutation.what} took ${took} ms`);
        most = Math.max(most, memory() - before);
      }
      assert.ok(most < MOST_BYTES, `took ${most} bytes`);
      // Too few would mean that the mutations miss what matters, none imported that they only cut.
      assert.ok(refused > COUNT / 2 && refused < COUNT, `${refused} refused`);
    });
  });

  it("are the same for the same seed", () => {
    const bytes = readFileSync("models/regressor/regressor.tflite");
    const run = (seed: number) => [...mutations(bytes, seed, 50)];
    assert.deepEqual(run(5), run(5));
    assert.notDeepEqual(run(5), run(6));
  });
});

function memory(): number {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
}

/** A refusal is a `MoteError` whose message is one short line that names the file and ends as a sentence does. */
function assertSentence(error: unknown, what: string): void {
  if (!(error instanceof MoteError)) throw new Error(`${what}: not a MoteError`, { cause: error });
  assert.match(error.message, /^\w+\.tflite: [^\n\r\u2028\u2029]+\.$/u, what);
  assert.ok(error.message.length < 2000, `${what}: ${error.message.length} characters`);
  assert.doesNotMatch(error.message, /undefined|\[object/, what);
}
