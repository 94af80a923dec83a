/** No layer needs memory that the plan calls dead: it is overwritten before every layer, and nothing changes: state, too, survives. */

import { strict as assert } from "node:assert";
import { type CompileOptions, compileModel } from "../../codegen/index.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { type Network, sampleOf } from "../golden.ts";
import { OWN_MODELS, ownModel } from "../networks.ts";

/** Runs the samples, one after the other without a reset, layer by layer, with all bytes of the arena that no live block holds set to `poison`. */
async function assertPoisonHarmless(
  network: Network,
  target: string,
  poison: number,
  options: CompileOptions = {},
): Promise<void> {
  const { wasm, report, manifest } = await compileModel(network.model, {
    ...options,
    target,
    optimize: "speed",
    profile: true,
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const invokeLayer = exports.invoke_layer as (index: number) => void;
  for (let sample = 0; sample < Math.min(network.samples, 4); sample++) {
    manifest.inputs.forEach(({ address }, index) => {
      memory.set(sampleOf(network.inputs[index] ?? new Uint8Array(), sample, network.samples), address);
    });
    for (const { index } of report.layers) {
      const live = new Uint8Array(report.memory.arena);
      for (const { address, bytes, first, last } of report.memory.blocks) {
        if (first < index && index <= last) live.fill(1, address, address + bytes);
      }
      live.forEach((isLive, address) => {
        if (!isLive) memory[address] = poison;
      });
      invokeLayer(index);
    }
    manifest.outputs.forEach(({ address, bytes }, index) => {
      const outputs = network.inSequence ?? network.outputs;
      const expected = sampleOf(outputs[index] ?? new Uint8Array(), sample, network.samples);
      assert.deepEqual(memory.slice(address, address + bytes), expected, `${target}, sample ${sample}`);
    });
  }
}

describe("memory that the plan calls dead", () => {
  for (const name of OWN_MODELS) {
    it(`is never needed by ${name}`, async () => {
      for (const target of ["portable", "node"]) await assertPoisonHarmless(ownModel(name), target, 0x5a);
    });
  }

  for (const name of [
    "kws_ref_model_taps",
    "vww_96_int8",
    "pretrainedResnet_quant",
    "inception_block",
    "split_h",
    "hey_jarvis",
    "okay_nabu",
    "gru_unrolled_seq",
    "multimodal_image_text",
  ]) {
    it(`is never needed by ${name}`, async function () {
      const entry = conformanceCase(name);
      if (!entry) return this.skip();
      const network = conformanceNetwork(entry);
      for (const target of ["portable", "node"]) await assertPoisonHarmless(network, target, 0xa5);
    });
  }

  for (const [name, maxRam] of [
    ["vww_96_int8", 28_200],
    ["pretrainedResnet_quant", 19_700],
  ] as const) {
    it(`is never needed by ${name} in bands of rows`, async function () {
      const entry = conformanceCase(name);
      if (!entry) return this.skip();
      await assertPoisonHarmless(conformanceNetwork(entry), "portable", 0xa5, { maxRam });
    });
  }
});
