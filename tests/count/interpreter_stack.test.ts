import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import loadWabt from "wabt";
import { CONSTANT_SLOTS, interpreterStack } from "../../codegen/count/interpreter_stack.ts";

async function assembled(text: string): Promise<Uint8Array> {
  const wabt = await loadWabt();
  const module = wabt.parseWat("test.wat", `(module ${text})`, {});
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

describe("the stack of an interpreter", () => {
  it("sums the frames on the costliest chain of calls from any export", async () => {
    const wasm = await assembled(`
      (func $leaf (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func $wide (local i64 i64 i64))
      (func (export "invoke") (drop (call $leaf (i32.const 1) (i32.const 2))))
      (func (export "reset") (call $wide))`);
    // Two slots for each result, parameter, local and operand and for one more, and one for each constant.
    const [leaf, wide, invoke, reset] = [2 * (1 + 4 + 1), 2 * (3 + 1), 2 * (2 + 1) + 2, 2];
    assert.deepEqual(interpreterStack(wasm), {
      bytes: 4 * (1 + Math.max(invoke + leaf, reset + wide)),
      depth: 2,
      height: Math.max(leaf / 2, wide / 2),
    });
  });

  it("counts a function that calls itself once for each dimension that a tensor can have", async () => {
    const wasm = await assembled(`(func $again (export "invoke") (call $again))`);
    assert.deepEqual(interpreterStack(wasm), { bytes: 4 * (1 + 8 * 2), depth: 8, height: 1 });
  });

  it("takes bytes that look like constants for constants, up to what a frame has room for", async () => {
    const sum = (count: number) =>
      `(func (export "invoke") (local i64) ${"(local.set 0 (i64.const 65)) ".repeat(count)})`;
    const slots = async (count: number) =>
      interpreterStack(await assembled(sum(count))).bytes / 4 - 1 - 2 * (1 + 1 + 1);
    // i64.const 65 is 0x42 0xc1 0x00.
    assert.equal(await slots(3), 6);
    assert.equal(await slots(100), CONSTANT_SLOTS);
  });

  it("builds wasm3 with as many constants in a frame", () => {
    const cmake = readFileSync(new URL("../../host/mcu/cmake/wasm3.cmake", import.meta.url), "utf8");
    assert.ok(cmake.includes(`d_m3MaxConstantTableSize=${CONSTANT_SLOTS} `));
  });
});
