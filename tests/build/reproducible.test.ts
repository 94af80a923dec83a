/** The same model and options give the same bytes: again, after another build, in another folder and locale. */

import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel } from "../../codegen/index.ts";
import { firstDifference, OWN_MODELS, ownModel } from "../networks.ts";

const OPTIONS = { name: "network", target: "node", optimize: "balanced" } as const;
const CLI = fileURLToPath(new URL("../../codegen/cli.ts", import.meta.url));
const LOADER = new URL("../../scripts/loader/register.mjs", import.meta.url).href;

describe("a build", function () {
  this.timeout(300_000);

  it("gives the same bytes after builds of other models with other options", async () => {
    const alone = new Map<string, Uint8Array>();
    for (const name of OWN_MODELS) alone.set(name, (await compileModel(ownModel(name).model, OPTIONS)).wasm);
    for (const name of [...OWN_MODELS].reverse()) {
      await compileModel(ownModel("pruned").model, { target: "portable", optimize: "size", strip: true });
      const { wasm } = await compileModel(ownModel(name).model, OPTIONS);
      assert.deepEqual(wasm, alone.get(name), name);
    }
  });

  it("gives the same bytes in another process, folder and locale", async () => {
    const folder = mkdtempSync(join(tmpdir(), "mote-build-"));
    const model = fileURLToPath(new URL("../../models/digits/digits.tflite", import.meta.url));
    const { status, stderr } = spawnSync(
      process.execPath,
      ["--import", LOADER, CLI, "build", model, "-o", "out", "--name", "network", "--target", "node"],
      {
        cwd: folder,
        env: { ...process.env, LANG: "tr_TR.UTF-8", LC_ALL: "tr_TR.UTF-8", TZ: "Asia/Kolkata" },
      },
    );
    assert.equal(status, 0, stderr.toString());
    const { wasm } = await compileModel(ownModel("digits").model, { ...OPTIONS, file: "digits.tflite" });
    assert.deepEqual(new Uint8Array(readFileSync(join(folder, "out", "network.simd.wasm"))), wasm);
    rmSync(folder, { recursive: true });
  });

  it("gives the same outputs on every target, at every optimization, as TFLite Micro", async () => {
    for (const name of OWN_MODELS) {
      const network = ownModel(name);
      for (const target of ["portable", "node", "web"]) {
        for (const optimize of ["size", "balanced", "speed"]) {
          const { wasm } = await compileModel(network.model, { target, optimize });
          assert.equal(firstDifference(network, wasm), undefined, `${name} ${target} ${optimize}`);
        }
      }
    }
  });
});
