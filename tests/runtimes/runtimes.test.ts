/**
 * Golden outputs, bit for bit, on the runtimes that devices have: the project's own networks and the reference models of the
 * conformance set. What is skipped stands in `SKIPPED` with its reason; a runtime that is not installed is skipped as a whole
 * (`tests/runtimes/install.sh` builds them), unless MOTE_RUNTIMES=required.
 */

import { strict as assert } from "node:assert";
import { type CompileResult, compileModel, MoteError, type Optimize } from "../../codegen/index.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { type Network, sampleOf } from "../golden.ts";
import { OWN_MODELS, ownModel } from "../networks.ts";
import { hasPassiveSegments, isInstalled, RUNTIMES, type Runtime, runOn } from "./runtimes.ts";

const REFERENCE = ["hello_world_int8", "kws_ref_model", "ad01_int8", "pretrainedResnet_quant", "vww_96_int8"];

/** Samples of the larger networks: each takes a second or more in a classic interpreter. */
const MOST_SAMPLES = 3;

/** Pairs of runtime and network that are left out, and why. */
const SKIPPED: readonly { runtime: string; network: string; reason: string }[] = [];

interface Case {
  readonly name: string;
  /** Large networks are built once only. */
  readonly optimizes: readonly Optimize[];
  network(): Network | undefined;
}

const CASES: readonly Case[] = [
  ...OWN_MODELS.map((name) => ({
    name,
    optimizes: ["size", "balanced"] as const,
    network: () => ownModel(name),
  })),
  ...REFERENCE.map((name) => ({
    name,
    optimizes: ["balanced"] as const,
    network: () => {
      const entry = conformanceCase(name);
      return entry && conformanceNetwork(entry);
    },
  })),
];

/** The first `count` samples, whose tensors come in the order in which a runner takes them. */
function interleaved(tensors: readonly Uint8Array[], samples: number, count: number): Uint8Array {
  const parts = Array.from({ length: count }, (_, sample) =>
    tensors.map((bytes) => sampleOf(bytes, sample, samples)),
  ).flat();
  return new Uint8Array(Buffer.concat(parts));
}

function assertGolden(runtime: Runtime, built: CompileResult, network: Network): void {
  const count = Math.min(network.samples, MOST_SAMPLES);
  const inputs = interleaved(network.inputs, network.samples, count);
  const check = (outputs: readonly Uint8Array[], reset: boolean) => {
    const run = runOn(runtime, built, inputs, { reset });
    assert.deepEqual(run.outputs, interleaved(outputs, network.samples, count));
    assert.equal(run.memoryBytes, built.report.memory.linear);
  };
  check(network.outputs, network.inSequence !== undefined);
  if (network.inSequence) check(network.inSequence, false);
}

/** What a module for Node gives on all samples, a tensor's samples one after another. */
function outputsInNode(wasm: Uint8Array, { samples, inputs, outputs }: Network): Uint8Array[] {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const addressOf = (port: string) => (exports[port] as WebAssembly.Global).value as number;
  const found = outputs.map(({ length }) => new Uint8Array(length));
  for (let sample = 0; sample < samples; sample++) {
    inputs.forEach((bytes, index) => {
      memory.set(sampleOf(bytes, sample, samples), addressOf(`input_${index}`));
    });
    (exports.invoke as () => void)();
    for (const [index, bytes] of found.entries()) {
      const at = addressOf(`output_${index}`);
      const size = bytes.length / samples;
      bytes.set(memory.subarray(at, at + size), sample * size);
    }
  }
  return found;
}

for (const runtime of RUNTIMES) {
  describe(`golden outputs on ${runtime.name}`, function () {
    this.timeout(240_000);
    const installed = isInstalled(runtime);

    it("is installed", function () {
      if (!installed && process.env.MOTE_RUNTIMES !== "required") this.skip();
      assert.ok(installed, "run tests/runtimes/install.sh");
    });

    for (const { name, network, optimizes } of CASES) {
      const skipped = SKIPPED.find((entry) => entry.runtime === runtime.name && entry.network === name);
      it(skipped ? `${name} is skipped: ${skipped.reason}` : name, async function () {
        const golden = network();
        if (skipped || !installed || !golden) this.skip();
        for (const optimize of optimizes)
          for (const flashWeights of hasPassiveSegments(runtime) ? [false, true] : [false]) {
            const options = { ...runtime.build, optimize, flashWeights };
            assertGolden(runtime, await compileModel(golden.model, options), golden);
          }
      });
    }

    it("weights in flash are refused where memory.init is missing, in words", async function () {
      if (!installed || hasPassiveSegments(runtime)) this.skip();
      const built = await compileModel(ownModel("digits").model, { ...runtime.build, flashWeights: true });
      assert.throws(() => runOn(runtime, built, new Uint8Array()), /ended with 1: loading: /);
    });

    it("a network that needs floats is refused where they are missing, and runs elsewhere", async function () {
      const entry = conformanceCase("onnx_mlp");
      if (!installed || !entry) this.skip();
      const network = conformanceNetwork(entry);
      const build = () => compileModel(network.model, { file: "mlp.onnx", ...runtime.build });
      if (runtime.bare) {
        await assert.rejects(
          build,
          (error: unknown) =>
            error instanceof MoteError && /operator \d+ \(\w+ ".*"\): needs floats/.test(error.message),
        );
        return;
      }
      // Goldens of float32 outputs need not be exact; the portable build's bytes are.
      const { wasm } = await compileModel(network.model, { file: "mlp.onnx" });
      assertGolden(runtime, await build(), { ...network, outputs: outputsInNode(wasm, network) });
    });
  });
}
