/** The header's NAME_STACK_BYTES is enough for golden outputs on interpreters, and 64 bytes are not. */

import { strict as assert } from "node:assert";
import { compileModel } from "../../codegen/index.ts";
import { packageHeader } from "../../codegen/package/header.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { type Network, sampleOf } from "../golden.ts";
import { OWN_MODELS, ownModel } from "../networks.ts";
import { isInstalled, RUNTIMES, type RuntimeRun, runOn } from "./runtimes.ts";

/** The last ones have a kernel that calls itself. */
const REFERENCE = [
  "hello_world_int8",
  "kws_ref_model",
  "pretrainedResnet_quant",
  "vww_96_int8",
  "batch_to_space",
  "gather_last",
];

const networks: [string, () => Network | undefined][] = [
  ...OWN_MODELS.map((name): [string, () => Network] => [name, () => ownModel(name)]),
  ...REFERENCE.map((name): [string, () => Network | undefined] => {
    const entry = conformanceCase(name);
    return [name, () => entry && conformanceNetwork(entry)];
  }),
];

/** The first sample of each tensor, one behind the other. */
const first = (tensors: readonly Uint8Array[], samples: number) =>
  new Uint8Array(Buffer.concat(tensors.map((bytes) => sampleOf(bytes, 0, samples))));

for (const runtime of RUNTIMES.filter(({ name }) => /^(wasm3|wamr-\w+)$/.test(name))) {
  describe(`the stack on ${runtime.name}`, function () {
    this.timeout(240_000);
    for (const [name, networkOf] of networks) {
      it(`${name}: what the header says`, async function () {
        if (!isInstalled(runtime)) {
          assert.notEqual(process.env.MOTE_RUNTIMES, "required");
          this.skip();
        }
        const network = networkOf();
        if (!network) return this.skip();
        for (const optimize of ["size", "balanced"] as const) {
          const built = await compileModel(network.model, { optimize, ...runtime.build, name: "net" });
          const [, text] = /NET_STACK_BYTES (\d+)/.exec(packageHeader(built, "net.wasm")) ?? [];
          const input = first(network.inputs, network.samples);
          const run = (stackBytes: number): RuntimeRun =>
            runOn(runtime, built, input, { reset: network.inSequence !== undefined, stackBytes });
          assert.deepEqual(run(Number(text)).outputs, first(network.outputs, network.samples));
          assert.throws(() => run(64), /overflow/);
        }
      });
    }
  });
}
