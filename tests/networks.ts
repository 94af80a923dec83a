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
  /** Of float32 outputs that need not be exact: the step from one quantized value to the next, by output. */
  readonly steps?: readonly (number | undefined)[];
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
 * words, `undefined` where all bytes agree, or float32 outputs are a step away at most.
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
  { samples, inputs, steps }: Network,
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
      const wanted = sampleOf(bytes, sample, samples);
      const at = addressOf(`output_${index}`);
      const found = memory.slice(at, at + wanted.length);
      const step = steps?.[index];
      const difference = step === undefined ? differentByte(found, wanted) : tooFar(found, wanted, step);
      if (difference) return `sample ${sample}, output ${index}, ${difference}`;
    }
  }
  return undefined;
}

function differentByte(found: Uint8Array, wanted: Uint8Array): string | undefined {
  const at = wanted.findIndex((byte, index) => byte !== found[index]);
  return at < 0 ? undefined : `byte ${at}: ${found[at]}, expected ${wanted[at]}`;
}

/** float32 outputs are multiples of `step`; more than one of them away is wrong. */
function tooFar(found: Uint8Array, wanted: Uint8Array, step: number): string | undefined {
  const floats = (bytes: Uint8Array) => new Float32Array(new Uint8Array(bytes).buffer);
  const values = floats(found);
  const away = Array.from(
    floats(wanted),
    (value, index) => Math.abs(value - (values[index] ?? Number.NaN)) / step,
  );
  // Both sides are float32 products; a half in a thousand covers their rounding. NaN is always too far.
  return away.every((count) => count <= 1.0005)
    ? undefined
    : `${Math.max(...away).toFixed(2)} steps of ${step} off`;
}
