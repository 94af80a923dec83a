import { strict as assert } from "node:assert";
import binaryen from "binaryen";
import { compileModel } from "../../codegen/index.ts";
import { packageHeader } from "../../codegen/package/header.ts";
import { targetNamed } from "../../codegen/plan/target.ts";
import { ownModel } from "../networks.ts";

const { model } = ownModel("regressor");

describe("linear memory below a page", () => {
  it("is a limit in the header for wasm3", async () => {
    const built = await compileModel(model, { name: "x", target: "wasm3" });
    const { total, linear } = built.report.memory;
    assert.equal(linear, total);
    assert.match(packageHeader(built, "x.wasm"), new RegExp(`#define X_MEMORY_LIMIT ${total}\n`));
    const whole = packageHeader(await compileModel(model, { name: "x" }), "x.wasm");
    assert.doesNotMatch(whole, /MEMORY_LIMIT/);
  });

  it("is what __heap_base says for WAMR, above all data", async () => {
    const { wasm, report } = await compileModel(model, { target: "wamr" });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
    for (const name of ["__heap_base", "__data_end"]) {
      assert.equal((exports[name] as WebAssembly.Global).value, report.memory.linear);
      assert.throws(() => {
        (exports[name] as WebAssembly.Global).value = 0;
      }, /immutable|constant/);
    }
    assert.ok(report.memory.linear >= report.memory.total && report.memory.linear < report.memory.total + 16);
  });

  it("is pages of one byte where that is asked for, and valid", async () => {
    const plain = await compileModel(model, { target: "wasmi" });
    const { wasm, report } = await compileModel(model, { target: "wasmi", bytePages: true });
    assert.equal(plain.report.memory.linear, 65536);
    assert.equal(report.memory.linear, report.memory.total);
    assert.ok(Math.abs(wasm.length - plain.wasm.length) < 8);
    const module = binaryen.readBinary(wasm);
    module.setFeatures(binaryen.Features.All);
    assert.equal(module.validate(), 1);
    module.dispose();
  });

  it("is refused where the runtime would misread it", () => {
    assert.throws(
      () => targetNamed("wasm3", { bytePages: true }),
      /target "wasm3" has no pages of one byte\. Use --target wasmi\./,
    );
  });
});
