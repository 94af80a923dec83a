/** How a model file's name becomes the model's, and how its format is told. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { identifier, importModel } from "../../codegen/import/index.ts";

describe("importModel", () => {
  const bytes = readFileSync("models/regressor/regressor.tflite");

  it("names the model after the file, as an identifier", () => {
    assert.equal(importModel(bytes, { file: "some/folder/key-words.v2.tflite" }).name, "key_words_v2");
    assert.equal(importModel(bytes, { file: "a.tflite", name: "b" }).name, "b");
    assert.equal(importModel(bytes, {}).name, "model");
    assert.equal(identifier("96x96 grey"), "model_96x96_grey");
  });

  it("names the file without its folder in messages", () => {
    assert.equal(importModel(bytes, { file: "some\\folder/kws.tflite" }).file, "kws.tflite");
  });

  it("refuses what is of neither format", () => {
    const other = new Uint8Array(bytes);
    other[4] = 0;
    assert.throws(() => importModel(other, { file: "x.bin" }), {
      name: "MoteError",
      code: "bad-file",
      message: /^x\.bin: expected a \.tflite file \(TFL3 at byte 4\)/,
    });
  });
});
