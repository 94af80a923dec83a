/** The commands on a small model whose output is float32. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyModel } from "../import/tiny_model.ts";
import { mote } from "./command.ts";

const DEQUANTIZE = 6;
const FLOAT32 = 0;

describe("mote on a model that needs floats", function () {
  this.timeout(120_000);
  let folder = "";
  const at = (...parts: string[]): string => join(folder, ...parts);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-floats-"));
    const model = tinyModel({
      codes: [{ 0: { int8: DEQUANTIZE }, 3: { int32: DEQUANTIZE } }],
      tensors: [{ name: "x" }, { name: "y", type: FLOAT32 }],
      operators: [{ inputs: [0], outputs: [1] }],
      outputs: [1],
    });
    await writeFile(at("real.tflite"), model);
    const { code, err } = await mote("build", at("real.tflite"), "-o", at("real"), "--optimize", "size");
    assert.deepEqual({ code, err }, { code: 0, err: "" });
  });
  after(() => rm(folder, { recursive: true }));

  it("says so where it shows the graph", async () => {
    const { out } = await mote("inspect", at("real.tflite"));
    assert.match(out, /DEQUANTIZE \(floats\)/);
    assert.match(out, /1 operator, needs floats/);
    const { after } = JSON.parse((await mote("inspect", at("real.tflite"), "--json")).out);
    assert.equal(after.operators[0].floats, true);
  });

  it("says so in the report, the manifest and the types of the package", async () => {
    const report = await readFile(at("real", "real.report.md"), "utf8");
    assert.match(report, /Needs floats: layer 0 \(dequantize\)/);
    assert.match(await readFile(at("real", "real.js"), "utf8"), /"floats":true/);
    assert.match(await readFile(at("real", "real.d.ts"), "utf8"), /readonly floats\?: true;/);
    await rm(at("real", "real.report.json"));
    assert.match(
      (await mote("report", at("real", "real.wasm"))).out,
      /--optimize size, needs floats, mote-nn/,
    );
  });
});
