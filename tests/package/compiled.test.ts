/** The package of a compiled model gives the model's golden outputs through its own JavaScript. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { compileModel } from "../../codegen/compile.ts";
import { bytesOf, type Values, valuesOf } from "../../codegen/graph/tensor.ts";
import { packageFiles } from "../../codegen/package/package_files.ts";
import { writePackage } from "../../codegen/package/write.ts";

interface Package {
  load(): Promise<{ run(inputs: Record<string, Values>): Record<string, Values> }>;
}

const MODEL = new URL("../../models/digits/", import.meta.url);

describe("package: a compiled model", function () {
  this.timeout(120_000);
  for (const strip of [false, true]) {
    it(`gives its golden outputs${strip ? ", stripped" : ""}`, async () => {
      const folder = mkdtempSync(join(tmpdir(), "mote-compiled-"));
      try {
        const model = readFileSync(new URL("digits.tflite", MODEL));
        const result = await compileModel(model, { name: "digits", optimize: "size", strip });
        writePackage(folder, packageFiles([result]));
        writeFileSync(join(folder, "package.json"), '{"type":"module"}');
        const written: Package = await import(pathToFileURL(join(folder, "digits.js")).href);
        const loaded = await written.load();

        const [input] = result.manifest.inputs;
        const [output] = result.manifest.outputs;
        assert.ok(input && output);
        const given = readFileSync(new URL("input0.bin", MODEL));
        const wanted = readFileSync(new URL("output0.bin", MODEL));
        const samples = given.length / input.bytes;
        assert.ok(samples >= 1 && wanted.length === samples * output.bytes);
        for (let sample = 0; sample < samples; sample++) {
          const bytes = given.subarray(sample * input.bytes, (sample + 1) * input.bytes);
          const found: Values | undefined = loaded.run({
            [input.name]: valuesOf(input.dtype, Uint8Array.from(bytes)),
          })[output.name];
          assert.ok(found);
          assert.deepEqual(
            [...bytesOf(found)],
            [...wanted.subarray(sample * output.bytes, (sample + 1) * output.bytes)],
          );
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
