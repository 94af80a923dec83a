/** Compares what runs a network with the network's goldens; nothing here needs Node, so pages of a browser use it too. */

import { type DType, numbersOf, valuesOf } from "../codegen/graph/tensor.ts";

/** A model with inputs and the outputs that TFLite Micro or onnxruntime gives. */
export interface Network {
  readonly model: Uint8Array;
  readonly samples: number;
  /** All samples one after another, in the order of the model's inputs and outputs. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
  /** Of a model with state, whose `outputs` start each sample from the initial one: all samples in order, without a reset. */
  readonly inSequence?: readonly Uint8Array[];
  /** Of outputs that need not be exact: the step from one quantized value to the next. */
  readonly steps?: readonly (Step | undefined)[];
}

export interface Step {
  readonly dtype: DType;
  readonly size: number;
}

/** How far a case's output may be from its golden values; `undefined` where it may not. */
export function stepOf({ dtype, lsb }: { readonly dtype: DType; readonly lsb?: number }): Step | undefined {
  return lsb === undefined ? undefined : { dtype, size: lsb };
}

/** Sample `index` of `samples` that lie one after another. */
export function sampleOf(bytes: Uint8Array, index: number, samples: number): Uint8Array {
  const size = bytes.length / samples;
  return bytes.subarray(index * size, (index + 1) * size);
}

/** A loaded network, by its bytes. */
export interface Runnable {
  write(input: number, bytes: Uint8Array): void;
  invoke(): void;
  /** A copy of the first `length` bytes of an output. */
  read(output: number, length: number): Uint8Array;
  /** Only where the network has state. */
  readonly reset?: () => void;
}

/** A module of ABI 1, by its exports. Throws an Error where these are not there. */
export function runnableOf(exports: WebAssembly.Exports): Runnable {
  const { memory, invoke, reset } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof invoke !== "function") {
    throw new Error("the module has no memory or no invoke");
  }
  const bytes = new Uint8Array(memory.buffer);
  const addressOf = (port: string) => {
    const address = exports[port];
    if (!(address instanceof WebAssembly.Global)) throw new Error(`the module has no ${port}`);
    return Number(address.value);
  };
  return {
    write: (input, values) => bytes.set(values, addressOf(`input_${input}`)),
    invoke: () => invoke(),
    read: (output, length) => {
      const at = addressOf(`output_${output}`);
      return bytes.slice(at, at + length);
    },
    ...(typeof reset === "function" ? { reset: () => reset() } : {}),
  };
}

/**
 * Runs every sample of a network, and where it has state all of them in sequence too; the first difference in words,
 * `undefined` where all bytes agree, or values that need not be exact are a step away at most.
 */
export function firstDifferenceOf(network: Network, runnable: Runnable): string | undefined {
  if (!network.inSequence) return differenceIn(network, network.outputs, runnable, () => {});
  const { reset } = runnable;
  if (!reset) return "the module has no reset";
  const inSequence = differenceIn(network, network.inSequence, runnable, () => {});
  return inSequence
    ? `in sequence: ${inSequence}`
    : differenceIn(network, network.outputs, runnable, () => reset());
}

function differenceIn(
  { samples, inputs, steps }: Network,
  outputs: readonly Uint8Array[],
  runnable: Runnable,
  before: () => void,
): string | undefined {
  for (let sample = 0; sample < samples; sample++) {
    before();
    for (const [index, bytes] of inputs.entries()) runnable.write(index, sampleOf(bytes, sample, samples));
    runnable.invoke();
    for (const [index, bytes] of outputs.entries()) {
      const wanted = sampleOf(bytes, sample, samples);
      const found = runnable.read(index, wanted.length);
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

/** Outputs are multiples of a step; more than one of them away is wrong. */
function tooFar(found: Uint8Array, wanted: Uint8Array, { dtype, size }: Step): string | undefined {
  const values = numbersOf(valuesOf(dtype, found));
  const away = numbersOf(valuesOf(dtype, wanted)).map(
    (value, index) => Math.abs(value - (values[index] ?? Number.NaN)) / size,
  );
  // Both sides are float32 products; a half in a thousand covers their rounding. NaN is always too far.
  return away.every((count) => count <= 1.0005)
    ? undefined
    : `${Math.max(...away).toFixed(2)} steps of ${size} off`;
}
