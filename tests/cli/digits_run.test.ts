/** `mote run` end to end on the carried digit classifier, and what it refuses. */

import assert from "node:assert/strict";
import { copyFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readNpy, writeNpy } from "../../codegen/cli/inputs/npy.ts";
import { mote, type Outcome } from "./command.ts";
import { digitsFolder, LABELS, MODEL, refused, SAMPLES } from "./digits.ts";

describe("mote run, on digits", function () {
  this.timeout(120_000);
  const { at, built } = digitsFolder();

  const expected = async (): Promise<Record<string, { answer: string; score: number }>> =>
    JSON.parse(await readFile(`${SAMPLES}/expected.json`, "utf8"));

  it("classifies the real samples, from the model and from the module", async () => {
    const images = Object.keys(await expected()).map((name) => `${SAMPLES}/${name}`);
    for (const path of [MODEL, built()]) {
      const { code, out, err } = await mote("run", path, ...images, "--labels", LABELS);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      for (const [name, { answer, score }] of Object.entries(await expected())) {
        assert.match(out, new RegExp(`^${name}\n  ${answer}  +${score.toFixed(4)}`, "m"));
      }
    }
  });

  it("prints JSON with classes, values and real values", async () => {
    const { out } = await mote("run", built(), `${SAMPLES}/digit_3.png`, "--json");
    const [output] = JSON.parse(out).samples[0].outputs;
    assert.deepEqual(output.classes[0], { index: 3, label: "class 3", score: 0.99609375 });
    assert.equal(output.values.length, 10);
    assert.equal(output.real[3], (output.values[3] + 128) / 256);
  });

  it("runs every golden sample of a .bin and writes .npy, bit for bit", async () => {
    const out = at("out.npy");
    const { code, err } = await mote("run", built(), "models/digits/input0.bin", "--output", out);
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    const golden = new Int8Array(await readFile("models/digits/output0.bin"));
    assert.deepEqual(readNpy(await readFile(out), out), { dtype: "int8", shape: [32, 10], values: golden });
    await mote("run", built(), "models/digits/input0.bin", "--output", out, "--real");
    const real = readNpy(await readFile(out), out);
    assert.deepEqual(
      Array.from(real.values, Number),
      Array.from(golden, (value) => (value + 128) / 256),
    );
    assert.deepEqual((await readdir(at())).sort(), ["digits", "out.npy"]);
    await rm(out);
  });

  it("runs a stripped module by the manifest in its .js, and not without", async () => {
    await mote("build", MODEL, "-o", at("bare"), "--strip", "--optimize", "size");
    const wasm = at("bare", "digits.wasm");
    const { code, out } = await mote("run", wasm, `${SAMPLES}/digit_7.png`, "--labels", LABELS);
    assert.equal(code, 0);
    assert.match(out, /^ {2}7 /m);
    await copyFile(wasm, at("alone.wasm"));
    refused(await mote("run", at("alone.wasm"), `${SAMPLES}/digit_7.png`), /needs its \.js beside it/);
    await rm(at("bare"), { recursive: true });
    await rm(at("alone.wasm"));
  });

  it("refuses inputs that do not fit, and writes nothing", async () => {
    const out = at("out.npy");
    const run = (...inputs: string[]): Promise<Outcome> => mote("run", built(), ...inputs, "--output", out);
    await writeFile(at("x.npy"), writeNpy("int8", [1, 8, 7, 1], new Int8Array(56)));
    refused(await run(at("x.npy")), /needs shape 1×8×8×1, found 1×8×7×1/);
    await writeFile(at("x.npy"), writeNpy("uint8", [1, 8, 8, 1], new Uint8Array(64)));
    refused(await run(at("x.npy")), /takes int8 .* found uint8/);
    await writeFile(at("x.npy"), writeNpy("int8", [1, 8, 8, 1], new Int8Array(64)).subarray(0, 150));
    refused(await run(at("x.npy")), /truncated or damaged/);
    const png = await readFile(`${SAMPLES}/digit_3.png`);
    await writeFile(at("x.png"), png.subarray(0, png.length - 30));
    refused(await run(at("x.png")), /not a whole PNG/);
    refused(await run(`${SAMPLES}/digit_3.png`, at("none.png")), /none\.png: does not exist/);
    refused(
      await mote("run", built(), `${SAMPLES}/digit_3.png`, "--labels", "package.json"),
      /one label a line/,
    );
    const below = join(LABELS, "out.npy");
    refused(await mote("run", built(), `${SAMPLES}/digit_3.png`, "--output", below), /not a folder/, 2);
    assert.deepEqual((await readdir(at())).sort(), ["digits", "x.npy", "x.png"]);
    await rm(at("x.npy"));
    await rm(at("x.png"));
    const flagged = await mote("run", built(), `${SAMPLES}/digit_3.png`, "--target", "web");
    assert.equal(flagged.code, 2);
    assert.match(flagged.err, /built already/);
  });
});
