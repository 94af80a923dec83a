/** The carried digit classifier, built once for a file of tests, and how commands refuse. */

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mote, type Outcome } from "./command.ts";

export const MODEL = "models/digits/digits.tflite";
export const SAMPLES = "models/digits/samples";
export const LABELS = "models/digits/labels.txt";

/** Exit code 1 (2 for an output that cannot be written) and one sentence; nothing on standard output. */
export function refused({ code, out, err }: Outcome, sentence: RegExp, exitCode = 1): void {
  assert.equal(code, exitCode, err);
  assert.equal(out, "");
  assert.match(err, sentence);
  assert.equal(err.trimEnd().split("\n").length, 1, err);
}

/** Has a folder made that holds the classifier's package in `digits`, before the tests of the suite that calls it. */
export function digitsFolder() {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-cli-"));
    const { code, out, err } = await mote("build", MODEL, "-o", join(folder, "digits"), "--optimize", "size");
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(out, /digits\.wasm +\d,\d{3}/);
  });
  after(() => rm(folder, { recursive: true }));
  const at = (...parts: string[]): string => join(folder, ...parts);
  return { at, built: () => at("digits", "digits.wasm") };
}
