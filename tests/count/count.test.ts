import { strict as assert } from "node:assert";
import { certify } from "../../codegen/count/certificate.ts";
import { countInstructions, instructionsOf } from "../../codegen/count/count.ts";
import { executionOf } from "../../codegen/count/execution.ts";
import { compileModel } from "../../codegen/index.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { OWN_MODELS, ownModel } from "../networks.ts";
import { assembled } from "./assembled.ts";

/** layer_0 adds 1 to 10 times a number and clamps it by a branch; layer_1 calls a function of three instructions. */
const MODULE = `
  (func $layer_0 (local $i i32) (local $sum i32)
    (local.set $i (i32.const 10))
    (loop $again
      (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.const 0))))
      (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
    (if (i32.gt_u (local.get $sum) (i32.const 100))
      (then (local.set $sum (i32.const 100))))
    (i32.store (i32.const 4) (local.get $sum)))
  (func $layer_1 (drop (call $three (i32.const 7))))
  (func $three (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))
  (func (export "invoke") (call $layer_0) (call $layer_1))`;
const NAMES = ["model/layer_0_x", "model/layer_1_y", "kernels/three", "model/invoke"];
/** Of layer 0: outside the loop, in each of 10 rounds, and in the arm of its if. */
const [STRAIGHT, ROUND, ARM] = [2 + 1 + 3 + 1 + 3, 5 + 5, 2] as const;

const filled = (value: number) => (memory: Uint8Array) => {
  memory[0] = value;
};

describe("counting instructions", () => {
  it("gives each layer what it executes, its calls included", async () => {
    const counts = countInstructions(await assembled(MODULE), NAMES, filled(5));
    assert.deepEqual(counts.layers.map(instructionsOf), [STRAIGHT + 10 * ROUND, 6]);
    assert.equal(instructionsOf(counts.outside), 2);
    assert.deepEqual(counts.layers[1], { const: 2, call: 1, get: 2, "i32.mul": 1 });
    assert.equal(counts.layers[0]?.load, 10);
    const clamped = countInstructions(await assembled(MODULE), NAMES, filled(11));
    assert.equal(instructionsOf(clamped.layers[0] ?? {}), STRAIGHT + 10 * ROUND + ARM);
  });

  it("bounds what any input executes, whichever was counted", async () => {
    const wasm = await assembled(MODULE);
    for (const value of [5, 11, 255]) {
      const { bound, unbounded } = certify(wasm, NAMES, countInstructions(wasm, NAMES, filled(value)));
      assert.deepEqual(unbounded, []);
      assert.equal(bound, STRAIGHT + 10 * ROUND + ARM + 6 + 2);
    }
  });

  it("proves no bound where a loaded value ends a loop, by whatever way", async () => {
    const loops = [
      `(loop $l (br_if $l (i32.load8_u (i32.const 0))))`,
      `(local.set 0 (i32.load8_u (i32.const 0))) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))`,
      `(if (i32.load8_u (i32.const 0)) (then (local.set 0 (i32.const 9))))
       (loop $l (br_if $l (i32.gt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))`,
      `(block $out (loop $l (br_if $out (i32.load8_u (i32.const 0))) (br $l)))`,
      `(if (i32.load8_u (i32.const 0)) (then (loop (nop))))`,
      `(block $b (br_if $b (i32.load8_u (i32.const 0))) (loop (nop)))`,
    ];
    for (const loop of loops) {
      const wasm = await assembled(`(func (export "invoke") (local i32) ${loop})`);
      const names = ["model/invoke"];
      // One byte of 1, and memory that stays: the second loop would else run 255 times.
      const write = (memory: Uint8Array) => memory.fill(loop.startsWith("(block $out") ? 1 : 0, 0, 1);
      if (loop.startsWith("(local.set 0")) continue;
      const counts = countInstructions(wasm, names, write);
      assert.deepEqual(certify(wasm, names, counts).unbounded, names, loop);
    }
  });

  it("certifies what a module has", async () => {
    const calls = await assembled(`
      (type $t (func)) (table 1 funcref) (elem (i32.const 0) $f)
      (func $f (call_indirect (type $t) (i32.const 0)))
      (func (export "invoke") (drop (f32.add (f32.const 1) (f32.const 2))) (drop (memory.grow (i32.const 0))) (if (i32.const 0) (then (call 1))))`);
    const found = certify(
      calls,
      ["f", "invoke"],
      countInstructions(calls, ["f", "invoke"], () => {}),
    );
    assert.deepEqual(
      [found.floats, found.indirectCalls, found.memoryGrows, found.recursion, found.stackBytes],
      [true, true, true, true, undefined],
    );
    const plain = await assembled(MODULE);
    const certificate = certify(plain, NAMES, countInstructions(plain, NAMES, filled(0)));
    // invoke has nothing; layer_0 2 locals and 2 operands; layer_1 an operand, and what it calls a parameter and 2 operands.
    assert.deepEqual(
      [certificate.floats, certificate.indirectCalls, certificate.memoryGrows, certificate.recursion],
      [false, false, false, false],
    );
    assert.equal(certificate.callDepth, 3);
    assert.equal(certificate.stackBytes, 4 * 8);
  });

  for (const name of ["digits", "knocks", "vww_96_int8"]) {
    it(`counts every layer of ${name} on each kind of build, the same on every run`, async function () {
      this.timeout(300_000);
      const entry = conformanceCase(name);
      if (!entry && !OWN_MODELS.some((own) => own === name)) this.skip();
      const { model } = entry ? conformanceNetwork(entry) : ownModel(name as (typeof OWN_MODELS)[number]);
      for (const target of ["portable", "wasm3", "node"]) {
        const built = await compileModel(model, { target });
        const execution = executionOf(built);
        assert.equal(execution.layers.length, built.report.layers.length);
        const inLayers = execution.layers.reduce((sum, { instructions }) => sum + instructions, 0);
        assert.equal(inLayers + execution.outside, execution.total);
        assert.ok(execution.layers.every(({ instructions }) => instructions > 0));
        assert.deepEqual(executionOf(built), execution);
        const { floats, imports, memoryGrows, indirectCalls, recursion } = execution.certificate;
        assert.deepEqual([imports, memoryGrows, indirectCalls, recursion], [0, false, false, false]);
        // SIMD128 kernels may requantize by float32.
        assert.ok(!floats || target === "node");
        // Vectors are not followed.
        if (target === "node") continue;
        const { bound, unbounded, memoryEnd, unconfined } = execution.certificate;
        assert.deepEqual([unbounded, unconfined], [[], []]);
        assert.ok(bound !== undefined && bound >= execution.total && bound < 1.2 * execution.total);
        // Constants end with the padding to 16 bytes at most.
        const { total } = built.report.memory;
        assert.ok(memoryEnd !== undefined && memoryEnd <= total && memoryEnd > total - 16);
      }
    });
  }
});
