/**
 * Firmwares on an emulated Cortex-M4: golden outputs, bit for bit. What is not installed is skipped, unless MOTE_QEMU=required;
 * `.ci/run` installs it.
 */

import assert from "node:assert/strict";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import type { Network } from "../golden.ts";
import { OWN_MODELS, ownModel } from "../networks.ts";
import { canRunOnQemu, QEMU_TARGETS, runOnQemu } from "./qemu.ts";

/** Networks beside the checkout, where they are; with the samples that take a second or so. */
const REFERENCE: Readonly<Record<string, number>> = {
  hello_world_int8: 8,
  kws_ref_model: 2,
  ad01_int8: 2,
  pretrainedResnet_quant: 1,
  vww_96_int8: 1,
};

describe("firmwares on a Cortex-M4", function () {
  this.timeout(300_000);
  for (const target of QEMU_TARGETS) {
    const check = (name: string, samples: number, networkOf: () => Network | undefined) =>
      it(`${target}: ${name}`, async function () {
        const network = networkOf();
        if (!canRunOnQemu(target)) {
          assert.notEqual(process.env.MOTE_QEMU, "required", `${target} on QEMU is not installed`);
          this.skip();
        }
        if (!network) return this.skip();
        const run = await runOnQemu(network, target, { file: `${name}.tflite` }, samples);
        assert.equal(run.wrong, 0);
        assert.equal(run.samples, Math.min(samples, network.samples));
        // Less than a multiply-accumulate and its requantization take would be a clock that does not count.
        assert.ok(run.instructions > run.macs, `${run.instructions} instructions`);
        if (target === "wasm2c") assert.equal(run.heap, 0);
      });
    for (const name of OWN_MODELS) check(name, 8, () => ownModel(name));
    for (const [name, samples] of Object.entries(REFERENCE)) {
      check(name, samples, () => {
        const entry = conformanceCase(name);
        return entry && conformanceNetwork(entry);
      });
    }
  }

  it("wasm2c: a network with floats, whose roundings are functions of C's library", async function () {
    const entry = conformanceCase("onnx_mlp");
    if (!entry || !canRunOnQemu("wasm2c")) return this.skip();
    const { wrong, samples } = await runOnQemu(conformanceNetwork(entry), "wasm2c", { file: "net.onnx" }, 1);
    assert.deepEqual([wrong, samples], [0, 1]);
  });

  it("hello takes less than 12 KB of RAM in wasm3, all told", async function () {
    const entry = conformanceCase("hello_world_int8");
    if (!entry || !canRunOnQemu("wasm3")) return this.skip();
    for (const optimize of ["size", "balanced"] as const) {
      const { heap } = await runOnQemu(conformanceNetwork(entry), "wasm3", { optimize }, 1);
      assert.ok(heap < 12_288, `${heap} bytes`);
    }
  });

  it("kws takes less than 32 KB of RAM in WAMR with its weights in flash, all told", async function () {
    const entry = conformanceCase("kws_ref_model");
    if (!entry || !canRunOnQemu("wamr")) return this.skip();
    const network = conformanceNetwork(entry);
    const { heap, instructions } = await runOnQemu(network, "wamr", { optimize: "size" }, 1);
    assert.ok(heap < 32_768, `${heap} bytes`);
    const inMemory = await runOnQemu(network, "wamr", { optimize: "size", flashWeights: false }, 1);
    assert.ok(
      instructions < 1.02 * inMemory.instructions,
      `${instructions}, ${inMemory.instructions} in memory`,
    );
  });
});
