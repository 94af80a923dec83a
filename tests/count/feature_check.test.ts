/** What a module has that its target lacks, and which layer is to blame: modules that no build makes, and builds for others. */

import { strict as assert } from "node:assert";
import { checkFeatures } from "../../codegen/count/feature_check.ts";
import { compileModel } from "../../codegen/index.ts";
import { TARGETS, targetNamed } from "../../codegen/plan/target.ts";
import { ownModel } from "../networks.ts";
import { assembled } from "./assembled.ts";

const LAYERS = [
  { index: 0, name: "layer_0_conv_2d", spelling: "CONV_2D", operatorName: "c0", floats: false },
  { index: 1, name: "layer_1_softmax", spelling: "SOFTMAX", operatorName: "s1", floats: false },
];
const NAMES = ["model/layer_0_conv_2d", "model/layer_1_softmax", "kernels/softmax", "model/invoke"];
/** Two layers, of which the second calls a kernel. */
const module = (kernel: string, rest = "") =>
  assembled(`
    (func) (func (call 2)) (func ${kernel})
    (func (export "invoke") (call 0) (call 1)) ${rest}`);

const plan = (target = TARGETS.wasm3, floats = false) => ({
  file: "net.tflite",
  target,
  layers: LAYERS.map((layer) => ({ ...layer, floats: floats && layer.index === 0 })),
});

describe("what a target takes", () => {
  it("is what plain modules have", async () => {
    checkFeatures(await module("(drop (i64.extend32_s (i64.const 5)))"), NAMES, plan());
  });

  const kernels: readonly [kernel: string, what: RegExp][] = [
    ["(drop (f32.add (f32.const 1) (f32.const 2)))", /floats, though no layer needs them/],
    ["(f64.store (i32.const 0) (f64.load (i32.const 8)))", /floats, though no layer needs them/],
    ["(drop (memory.grow (i32.const 0)))", /memory\.grow/],
    ["(memory.fill (i32.const 0) (i32.const 0) (i32.const 4))", /bulk memory/],
    ["(memory.copy (i32.const 0) (i32.const 8) (i32.const 4))", /bulk memory/],
    ["(drop (i32.trunc_sat_f32_s (f32.const 1)))", /floats|saturate/],
    ["(drop (i8x16.splat (i32.const 1)))", /has SIMD,/],
  ];
  for (const [kernel, what] of kernels) {
    it(`names the layer whose kernel has ${kernel}`, async () => {
      const wasm = await module(kernel);
      assert.throws(
        () => checkFeatures(wasm, NAMES, plan()),
        (error: Error) => {
          assert.match(error.message, /^net\.tflite: layer 1 \(SOFTMAX "s1"\): the built module has /);
          assert.match(error.message, what);
          return true;
        },
      );
    });
  }

  it("has floats where a layer needs them, SIMD and memory.init where the target has them", async () => {
    checkFeatures(
      await module("(drop (f32.add (f32.const 1) (f32.const 2)))"),
      NAMES,
      plan(TARGETS.wasm3, true),
    );
    checkFeatures(await module("(drop (i8x16.splat (i32.const 1)))"), NAMES, plan(TARGETS.web));
    const init = await module("(memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1))", `(data "a")`);
    checkFeatures(init, NAMES, plan(targetNamed("wamr", { flashWeights: true })));
    assert.throws(
      () => checkFeatures(init, NAMES, plan(targetNamed("wamr", { flashWeights: false }))),
      /passive data segments/,
    );
  });

  it("refuses what is no layer's", async () => {
    const bare = plan();
    const indirect = `(type $t (func)) (table 1 funcref)`;
    // The memory section without a maximum.
    const plain = Buffer.from(await module("")).toString("latin1");
    const growing = Buffer.from(plain.replace("\x05\x04\x01\x01\x01\x01", "\x05\x03\x01\x00\x01"), "latin1");
    assert.throws(() => checkFeatures(growing, NAMES, bare), /a memory that grows/);
    const started = await module("", "(start 0)");
    assert.throws(
      () => checkFeatures(started, NAMES, bare),
      /net\.tflite: the built module has a start function/,
    );
    const tables = await module("", indirect);
    assert.throws(() => checkFeatures(tables, NAMES, bare), /has tables/);
    const outside = await assembled(
      `(func) (func) (func) (func (export "invoke") (drop (f32.add (f32.const 1) (f32.const 1))))`,
    );
    assert.throws(() => checkFeatures(outside, NAMES, bare), /net\.tflite: function model\/invoke: /);
  });

  it("is not what a build for a browser has: the first layer that uses SIMD is named", async function () {
    this.timeout(120_000);
    const { wasm, functionNames, report } = await compileModel(ownModel("digits").model, {
      file: "digits.tflite",
      target: "node",
      simd: "128",
    });
    const layers = report.layers.map((layer) => ({ ...layer, spelling: layer.kind }));
    checkFeatures(wasm, functionNames, { file: "digits.tflite", target: TARGETS.node, layers });
    assert.throws(
      () => checkFeatures(wasm, functionNames, { file: "digits.tflite", target: TARGETS.wasm3, layers }),
      /^MoteError: digits\.tflite: layer 0 \(conv_2d ".*"\): the built module has SIMD, which target "wasm3" does not take/,
    );
  });
});
