/** Sizes that networks with a promise may take: portable, --optimize size, stripped; their arena is at its bound. */

import { strict as assert } from "node:assert";
import { compileModel } from "../../codegen/index.ts";
import { conformanceCase, conformanceFile } from "../conformance/conformance.ts";

const BUDGETS = [
  { name: "kws_ref_model", bytes: 30_000 },
  { name: "trained_lstm_int8", bytes: 16 * 1024 },
  { name: "hey_jarvis", bytes: 26_442 + 12 * 1024 },
] as const;

describe("a module's budget", () => {
  for (const { name, bytes } of BUDGETS)
    it(`${name} takes at most ${bytes} bytes`, async function () {
      const entry = conformanceCase(name);
      if (!entry) return this.skip();
      const { wasm, report } = await compileModel(conformanceFile(entry.model), {
        file: `${name}.tflite`,
        optimize: "size",
        strip: true,
      });
      assert.ok(wasm.length <= bytes, `${wasm.length} bytes`);
      assert.equal(report.memory.arena, report.memory.bound);
    });
});
