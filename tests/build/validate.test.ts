import { strict as assert } from "node:assert";
import binaryen from "binaryen";
import { textOf, validate } from "../../codegen/build/validate.ts";
import { compileModel } from "../../codegen/index.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { ownModel } from "../networks.ts";

describe("validation by a second implementation", () => {
  it("accepts a module for its own target, and refuses SIMD where the target has none", async () => {
    const { wasm } = await compileModel(ownModel("digits").model, { target: "node", optimize: "speed" });
    await validate(wasm, TARGETS.node);
    await assert.rejects(validate(wasm, TARGETS.portable), /does not validate/);
  });

  it("refuses damaged modules, and bulk memory instructions where no weights stay in flash", async () => {
    const module = new binaryen.Module();
    module.setFeatures(binaryen.Features.BulkMemory);
    module.setMemory(1, 1, "memory");
    const zero = module.i32.const(0);
    module.addFunction("f", binaryen.none, binaryen.none, [], module.memory.fill(zero, zero, zero));
    const wasm = module.emitBinary();
    module.dispose();
    for (const target of Object.values(TARGETS)) {
      if (target.flashWeights) await validate(wasm, target);
      else await assert.rejects(validate(wasm, target), /does not validate/);
      await assert.rejects(validate(wasm.subarray(0, wasm.length - 3), target), /does not validate/);
    }
  });

  it("prints a module as text", async () => {
    const { wasm } = await compileModel(ownModel("regressor").model, { optimize: "size" });
    const text = await textOf(wasm, TARGETS.portable);
    assert.match(text, /^\(module/);
    assert.match(text, /\(export "invoke"\)/);
    assert.doesNotMatch(text, /\(import/);
  });

  it("finds every build valid on its own target", async () => {
    for (const [name, target] of Object.entries(TARGETS)) {
      await validate((await compileModel(ownModel("pruned").model, { target: name })).wasm, target);
    }
  });
});
