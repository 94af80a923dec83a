/** The commands on a small model with state: y is what x was one inference before, at least 0; 1, 2, 3, 4 at first. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeNpy } from "../../codegen/cli/inputs/npy.ts";
import { INIT, once, STEPS, variablesModel } from "../import/tiny_variables.ts";
import { mote } from "./command.ts";

/** Goldens: three samples, each from the initial state and one after the other. */
const INPUTS = [5, 6, 7, 8, -9, 10, -11, 12, 0, 0, 0, 0];
const ANEW = [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4];
const IN_SEQUENCE = [1, 2, 3, 4, 5, 6, 7, 8, 0, 10, 0, 12];

describe("mote on a model with state", function () {
  this.timeout(120_000);
  let folder = "";
  const at = (...parts: string[]): string => join(folder, ...parts);
  const model = (): string => at("delay.tflite");
  const built = (): string => at("delay", "delay.wasm");

  /** A folder of goldens; `sequence`: what it expects of the samples in sequence. */
  async function goldens(name: string, sequence: readonly number[]): Promise<string> {
    await mkdir(at(name), { recursive: true });
    const write = (file: string, values: readonly number[]) =>
      writeFile(at(name, file), Int8Array.from(values));
    await write("input0.bin", INPUTS);
    await write("output0.bin", ANEW);
    await write("output0.seq.bin", sequence);
    const outputs = [{ file: "output0.bin", seq_file: "output0.seq.bin" }];
    await writeFile(at(name, "case.json"), JSON.stringify({ inputs: [{ file: "input0.bin" }], outputs }));
    return at(name);
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-state-"));
    await writeFile(model(), variablesModel([once(1), ...STEPS], { init: INIT }));
    const { code, err } = await mote("build", model(), "-o", at("delay"), "--optimize", "size");
    assert.deepEqual({ code, err }, { code: 0, err: "" });
  });
  after(() => rm(folder, { recursive: true }));

  it("says in the package how much it keeps", async () => {
    const header = await readFile(at("delay", "delay.h"), "utf8");
    assert.match(header, /#define DELAY_STATE_BYTES 4\n/);
    assert.match(header, /its export `reset` starts anew/);
    assert.match(await readFile(at("delay", "delay.js"), "utf8"), /"stateBytes":4/);
    const report = await readFile(at("delay", "delay.report.md"), "utf8");
    assert.match(report, /state kept between inferences *\| *4 *\|/);
    assert.match(await readFile(at("delay", "delay.report.html"), "utf8"), /<rect class="block state"/);
    assert.match(
      (await mote("inspect", model())).out,
      /^state {2}memory: int8 1×4, scale 0\.5, zero point 0$/m,
    );
  });

  it("verifies each sample from the initial state, and all in sequence", async () => {
    const { out, err } = await mote("verify", built(), await goldens("right", IN_SEQUENCE));
    assert.match(out, /exact \(3 samples × 1 output, one by one and in sequence\)/, err);
    const wrong = await mote("verify", built(), await goldens("wrong", ANEW));
    assert.equal(wrong.code, 1);
    assert.match(wrong.out, /sample 1 of the sequence, element 0 at \[0, 0\]: expected 1, found 5; 4 of 4/);
    const reference = await mote("verify", model(), "--against", "reference", "--samples", "3");
    assert.match(reference.out, /exact \(3 samples × 1 output, one by one and in sequence\)/);
  });

  it("explains goldens in sequence for a model without state", async () => {
    await writeFile(at("relu.tflite"), variablesModel([{ code: 4, inputs: [0], outputs: [1] }]));
    const { code, err } = await mote("verify", at("relu.tflite"), await goldens("other", IN_SEQUENCE));
    assert.equal(code, 1);
    assert.match(err, /since the model keeps no state, found "output0\.seq\.bin".*belong to another model/);
  });

  it("runs each file from the initial state, and a file's samples one after the other", async () => {
    const { code, err } = await mote(
      "run",
      built(),
      await file("a", INPUTS),
      await file("b", INPUTS),
      "--output",
      at("y.npy"),
    );
    assert.equal(code, 0, err);
    const bytes = await readFile(at("y.npy"));
    assert.deepEqual(Array.from(new Int8Array(bytes.subarray(-24))), [...IN_SEQUENCE, ...IN_SEQUENCE]);
  });

  async function file(name: string, values: readonly number[]): Promise<string> {
    await writeFile(at(`${name}.npy`), writeNpy("int8", [3, 4], Int8Array.from(values)));
    return at(`${name}.npy`);
  }
});
