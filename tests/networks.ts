/** Networks with golden outputs: the project's own, and how a module is compared with any network's goldens. */

import { readFileSync } from "node:fs";

const MODELS = new URL("../models/", import.meta.url);

export const OWN_MODELS = ["digits", "pruned", "regressor", "knocks"] as const;

/** A model with inputs and the outputs that TFLite Micro gives. */
export interface Network {
  readonly model: Uint8Array;
  readonly samples: number;
  /** All samples one after another, in the order of the model's inputs and outputs. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  /** Of a model with state, whose `outputs` start each sample from the initial one: all samples in order, without a reset. */
  readonly inSequence?: readonly Uint8Array[];
}

/** A network that the project carries. */
export function ownModel(name: (typeof OWN_MODELS)[number]): Network {
  const read = (path: string) => new Uint8Array(readFileSync(new URL(`${name}/${path}`, MODELS)));
  const { samples, stateful }: { samples: number; stateful: boolean } = JSON.parse(
    new TextDecoder().decode(read("case.json")),
  );
  return {
    model: read(`${name}.tflite`),
    samples,
    inputs: [read("input0.bin")],
    outputs: [read("output0.bin")],
    ...(stateful ? { inSequence: [read("output0.seq.bin")] } : {}),
  };
}

/** Sample `index` of `samples` that lie one after another. */
export function sampleOf(bytes: Uint8Array, index: number, samples: number): Uint8Array {
  const size = bytes.length / samples;
  return bytes.subarray(index * size, (index + 1) * size);
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly invoke: () => void;
  readonly reset?: () => void;
  readonly [port: string]: unknown;
}

/**
 * Runs a module on every sample of a network, and where it has state on all of them in sequence too; the first difference in
 * words, `undefined` where all bytes agree.
 */
export function firstDifference(network: Network, wasm: Uint8Array): string | undefined {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const exports = instance.exports as unknown as Exports;
  if (!network.inSequence) return differenceIn(network, network.outputs, exports, () => {});
  const { reset } = exports;
  if (!reset) return "the module has no reset";
  const inSequence = differenceIn(network, network.inSequence, exports, () => {});
  return inSequence
    ? `in sequence: ${inSequence}`
    : differenceIn(network, network.outputs, exports, () => reset());
}

function differenceIn(
  { samples, inputs }: Network,
  outputs: readonly Uint8Array[],
  exports: Exports,
  before: () => void,
): string | undefined {
  const memory = new Uint8Array(exports.memory.buffer);
  const addressOf = (name: string) => (exports[name] as WebAssembly.Global).value as number;
  for (let sample = 0; sample < samples; sample++) {
    before();
    inputs.forEach((bytes, index) => {
      memory.set(sampleOf(bytes, sample, samples), addressOf(`input_${index}`));
    });
    exports.invoke();
    for (const [index, bytes] of outputs.entries()) {
      for (const [at, wanted] of sampleOf(bytes, sample, samples).entries()) {
        const found = memory[addressOf(`output_${index}`) + at];
        if (found !== wanted)
          return `sample ${sample}, output ${index}, byte ${at}: ${found}, expected ${wanted}`;
      }
    }
  }
  return undefined;
}
