/** Inferences leave JavaScript's heap as it is; `npm run guard:browser` asks Chromium the same. */

import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compileModel } from "../../codegen/compile.ts";
import { packageFiles } from "../../codegen/package/package_files.ts";
import { writePackage } from "../../codegen/package/write.ts";
import { ownModel } from "../networks.ts";
import type { HeapGrowths } from "./heap_program.ts";

const INFERENCES = 10_000;
/** The smallest object takes 12 bytes: fewer than one byte for each inference is none. */
const NOTHING = INFERENCES;

const LOADER = new URL("../../scripts/loader/register.mjs", import.meta.url);
const FLAGS = ["--expose-gc", "--min-semi-space-size=64", "--max-semi-space-size=64", `--import=${LOADER}`];

describe(`JavaScript's heap over ${INFERENCES} inferences`, function () {
  this.timeout(120_000);
  let growths: HeapGrowths;

  before(async () => {
    const folder = mkdtempSync(join(tmpdir(), "mote-heap-"));
    try {
      const { model } = ownModel("digits");
      const built = await compileModel(model, { name: "digits", target: "node", optimize: "size" });
      writePackage(folder, packageFiles([built]));
      writeFileSync(join(folder, "package.json"), '{"type":"module"}');
      const program = fileURLToPath(new URL("heap_program.ts", import.meta.url));
      const paths = ["digits.js", "digits.wasm"].map((name) => join(folder, name));
      const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, program, ...paths]);
      growths = JSON.parse(stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("an inference by views, or by the host's invoke, allocates nothing", () => {
    for (const way of ["views", "hostInvoke"] as const) {
      assert.ok(growths[way].allocated < NOTHING, `${way}: ${growths[way].allocated} bytes`);
    }
  });

  it("run, which gives copies, keeps nothing", () => {
    for (const way of ["views", "run", "hostInvoke", "hostRun"] as const) {
      assert.ok(growths[way].kept < NOTHING, `${way}: ${growths[way].kept} bytes`);
    }
  });

  it("what allocates is seen, and what leaks", () => {
    for (const way of ["run", "hostRun", "allocating", "leaking"] as const) {
      assert.ok(growths[way].allocated > 12 * INFERENCES, `${way}: ${growths[way].allocated} bytes`);
    }
    assert.ok(growths.leaking.kept > 12 * INFERENCES, `${growths.leaking.kept} bytes`);
  });
});
