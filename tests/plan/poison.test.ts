/** No layer needs memory that the plan calls dead: it is overwritten before every layer, and nothing changes. */

import { strict as assert } from "node:assert";
import { compileModel } from "../../codegen/index.ts";
import { conformanceCases, conformanceFile } from "../conformance/conformance.ts";
import { OWN_MODELS, ownModel } from "../own_models.ts";

interface Network {
  readonly model: Uint8Array;
  readonly samples: number;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

/** Runs each sample layer by layer, with all bytes of the arena that no live block holds set to `poison`. */
async function assertPoisonHarmless(network: Network, target: string, poison: number): Promise<void> {
  const { wasm, report, manifest } = await compileModel(network.model, {
    target,
    optimize: "speed",
    profile: true,
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const invokeLayer = exports.invoke_layer as (index: number) => void;
  for (let sample = 0; sample < Math.min(network.samples, 4); sample++) {
    manifest.inputs.forEach(({ address, bytes }, index) => {
      memory.set(network.inputs[index]?.subarray(sample * bytes, (sample + 1) * bytes) ?? [], address);
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
      const expected = network.outputs[index]?.subarray(sample * bytes, (sample + 1) * bytes);
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
  ]) {
    it(`is never needed by ${name}`, async function () {
      const entry = conformanceCases().find((candidate) => candidate.name === name);
      if (!entry) return this.skip();
      const network = {
        model: conformanceFile(entry.model),
        samples: entry.samples,
        inputs: entry.inputs.map(({ file }) => conformanceFile(file)),
        outputs: entry.outputs.map(({ file }) => conformanceFile(file)),
      };
      for (const target of ["portable", "node"]) await assertPoisonHarmless(network, target, 0xa5);
    });
  }
});
