/** `mote verify` end to end on the carried digit classifier, and what it refuses. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeNpy } from "../../codegen/cli/inputs/npy.ts";
import { mote } from "./command.ts";
import { digitsFolder, MODEL, refused } from "./digits.ts";

describe("mote verify, on digits", function () {
  this.timeout(120_000);
  const { at, built } = digitsFolder();

  it("finds the goldens exact, for each build", async () => {
    const exact = /: exact \(32 samples × 1 output\)\n$/;
    assert.match((await mote("verify", built(), "models/digits")).out, exact);
    for (const target of ["portable", "node"]) {
      const { code, out, err } = await mote("verify", MODEL, "models/digits", "--target", target);
      assert.equal(code, 0, err);
      assert.match(out, exact);
    }
  });

  it("compares with the reference on random inputs", async () => {
    const { code, out, err } = await mote("verify", MODEL, "--against", "reference", "--samples", "3");
    assert.equal(code, 0, err);
    assert.match(out, /exact \(3 samples/);
    const built2 = await mote("verify", built(), "--against", "reference");
    assert.equal(built2.code, 2);
  });

  it("says where .npy goldens first differ", async () => {
    await mkdir(at("gold"));
    const input = new Int8Array(await readFile("models/digits/input0.bin"));
    const output = new Int8Array(await readFile("models/digits/output0.bin"));
    await writeFile(at("gold", "input0.npy"), writeNpy("int8", [32, 8, 8, 1], input));
    await writeFile(at("gold", "output0.npy"), writeNpy("int8", [32, 10], output));
    assert.equal((await mote("verify", built(), at("gold"))).code, 0);

    const right = output[57] ?? 0;
    const wrong = right === 5 ? 6 : 5;
    output[57] = wrong;
    await writeFile(at("gold", "output0.npy"), writeNpy("int8", [32, 10], output));
    const { code, out } = await mote("verify", built(), at("gold"));
    assert.equal(code, 1);
    assert.match(
      out,
      new RegExp(
        `differs at output 0 .*sample 5, element 7 at \\[0, 7\\]: expected ${wrong}, found ${right}; 1 of 10`,
      ),
    );
    const json = JSON.parse((await mote("verify", built(), at("gold"), "--json")).out);
    assert.equal(json.exact, false);
    assert.deepEqual([json.difference.sample, json.difference.element], [5, 7]);
    await rm(at("gold"), { recursive: true });
  });

  it("finds a conformance case by the index of its folder's parent", async () => {
    const entry = JSON.parse(await readFile("models/digits/case.json", "utf8"));
    await mkdir(at("cases", "digits"), { recursive: true });
    await writeFile(at("cases", "index.json"), JSON.stringify({ cases: [entry] }));
    for (const file of ["input0.bin", "output0.bin"])
      await copyFile(`models/digits/${file}`, at("cases", "digits", file));
    assert.equal((await mote("verify", built(), at("cases", "digits"))).code, 0);
    await rm(at("cases"), { recursive: true });
  });

  it("verifies a conformance case given by its folder", async function () {
    const folder = "../shared/conformance/hello_world_int8";
    if (!existsSync(folder)) this.skip();
    const { code, out } = await mote("verify", join(folder, "model.tflite"), folder, "--optimize", "size");
    assert.equal(code, 0);
    assert.match(out, /^model\.tflite: exact \(256 samples/);
  });

  it("refuses goldens that are missing or of another model", async () => {
    refused(await mote("verify", built(), at("none")), /is not a folder/);
    refused(await mote("verify", built(), at("digits")), /has no goldens/);
    refused(await mote("verify", built(), "models/regressor"), /takes 64 bytes/);
  });
});
