/** Modules that keep their weights in a passive segment: the same outputs, reproducible bytes, and who may have them. */

import { strict as assert } from "node:assert";
import { sourceFiles } from "../../codegen/cli/emit_source.ts";
import { readModule } from "../../codegen/count/module.ts";
import { type CompileOptions, compileModel, MoteError } from "../../codegen/index.ts";
import { runtimeFor } from "../../codegen/package/firmware/runtimes.ts";
import { packageHeader } from "../../codegen/package/header.ts";
import { targetNamed } from "../../codegen/plan/target.ts";
import { renderText } from "../../codegen/report/index.ts";
import { firstDifference, OWN_MODELS, ownModel } from "../networks.ts";

const DATA = 11;
const DATA_COUNT = 12;
const FLASH = { name: "network", target: "wasmi", bytePages: false, flashWeights: true } as const;

const build = (name: (typeof OWN_MODELS)[number], options: CompileOptions) =>
  compileModel(ownModel(name).model, options);
const idsOf = (wasm: Uint8Array) => readModule(wasm).sections.map(({ id }) => id);

describe("weights in flash", function () {
  this.timeout(300_000);

  for (const name of OWN_MODELS)
    it(`${name} gives its golden outputs, with less memory`, async () => {
      for (const optimize of ["size", "balanced"] as const) {
        const flash = await build(name, { ...FLASH, optimize });
        const plain = await build(name, { ...FLASH, flashWeights: false, optimize });
        assert.equal(firstDifference(ownModel(name), flash.wasm), undefined);
        assert.ok(flash.report.memory.total < plain.report.memory.total);
        assert.ok(flash.report.memory.flash > 0);
        assert.equal(plain.report.memory.flash, 0);
        assert.ok(idsOf(flash.wasm).includes(DATA_COUNT));
        assert.ok(!idsOf(plain.wasm).includes(DATA_COUNT));
      }
    });

  it("lie in one segment, as they are", async () => {
    const { wasm, flash } = await build("digits", FLASH);
    const data = readModule(wasm).sections.find(({ id }) => id === DATA);
    assert.ok(data);
    const section = Buffer.from(wasm.subarray(data.start, data.end));
    assert.equal(section.subarray(-flash.length).compare(flash), 0);
  });

  it("give the same bytes again, and with a layer by itself", async () => {
    const first = await build("knocks", FLASH);
    await build("digits", { target: "portable" });
    assert.deepEqual((await build("knocks", FLASH)).wasm, first.wasm);
    const { wasm } = await build("digits", { ...FLASH, profile: true });
    assert.equal(firstDifference(ownModel("digits"), wasm), undefined);
  });

  it("stand in header, report, manifest and readable source", async () => {
    const result = await build("digits", FLASH);
    const { flash } = result.report.memory;
    assert.equal(result.manifest.flashWeights, true);
    assert.equal(result.flash.length, flash);
    assert.match(packageHeader(result, "network.wasm"), new RegExp(`#define NETWORK_FLASH_BYTES ${flash}\n`));
    const shown = new RegExp(`in flash, which layers copy into the arena +${flash.toLocaleString("en-US")}`);
    assert.match(renderText(result.report), shown);
    const facts = { file: "digits.tflite", model: new Uint8Array(), wat: "", strip: false, profile: false };
    const files = sourceFiles(result, facts);
    assert.equal(files["flash.bin"], result.flash);
    assert.doesNotMatch(`${files["README.md"]}`, /flash-weights/);
    assert.match(`${files["model.ts"]}`, /copy_from_flash\(\/\* to \*\/ \d+, \/\* from "?.* \*\/ 0, /);
    assert.match(`${files["kernels/flash.ts"]}`, /export declare function copy_from_flash/);

    const plain = await build("digits", { name: "network", target: "wasmi", flashWeights: false });
    assert.equal(plain.manifest.flashWeights, undefined);
    assert.doesNotMatch(packageHeader(plain, "network.wasm"), /FLASH/);
    const plainFiles = sourceFiles(plain, facts);
    assert.equal(plainFiles["flash.bin"], undefined);
    assert.match(`${plainFiles["README.md"]}`, /--target wasmi .* --no-flash-weights\n/);
    const asked = await build("digits", { name: "network", target: "wasm2c", flashWeights: true });
    assert.match(`${sourceFiles(asked, facts)["README.md"]}`, /--target wasm2c .* --flash-weights\n/);
  });

  it("are refused where a runtime keeps no passive segments", () => {
    for (const target of ["portable", "web", "node"])
      assert.throws(
        () => targetNamed(target, { flashWeights: true }),
        /keeps its weights in memory\. Use --target wasm3 or wamr or wasmi or wasm2c\./,
      );
    const byDefault = { wasm3: false, wamr: true, wasmi: true, wasm2c: false };
    for (const [target, flash] of Object.entries(byDefault)) {
      assert.equal(targetNamed(target).flashWeights, flash);
      assert.equal(targetNamed(target, { flashWeights: !flash }).flashWeights, !flash);
    }
    assert.throws(
      () => runtimeFor("wasm3", true),
      (error: unknown) =>
        error instanceof MoteError && /wasm3 0\.5\.0, which has no memory\.init/.test(error.message),
    );
    assert.equal(runtimeFor("wamr", true).flashWeights, true);
  });
});
