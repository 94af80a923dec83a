/** One conformance case on every build: golden bytes, or for .onnx outputs within one step of the last place. */

import { compileModel } from "../../codegen/index.ts";
import { sampleOf } from "../networks.ts";
import { type ConformanceCase, conformanceFile } from "./conformance.ts";

export const BUILDS = [
  { target: "portable", optimize: "size" },
  { target: "portable", optimize: "speed" },
  { target: "node", optimize: "speed" },
] as const;

/** A module's arena and its lower bound, in bytes, and its size. */
export interface CaseFigures {
  readonly build: string;
  readonly wasm: number;
  readonly arena: number;
  readonly bound: number;
}

export interface CaseResult {
  /** What differs, in words; none where everything is as it should be. */
  readonly differences: readonly string[];
  readonly figures: readonly CaseFigures[];
}

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly invoke: () => void;
  readonly reset?: () => void;
  readonly [port: string]: unknown;
}

/** Compiles and runs a case; `run` is what a worker of a `Pool` is asked for. */
export async function run(entry: ConformanceCase): Promise<CaseResult> {
  const model = conformanceFile(entry.model);
  const file = `${entry.name}.${entry.model.split(".").at(-1)}`;
  const differences: string[] = [];
  const figures: CaseFigures[] = [];
  for (const build of BUILDS) {
    const { wasm, report } = await compileModel(model, { file, ...build });
    const name = `${build.target} ${build.optimize}`;
    const { arena, bound } = report.memory;
    figures.push({ build: name, wasm: wasm.length, arena, bound });
    const module = await WebAssembly.compile(new Uint8Array(wasm));
    const exports = (await WebAssembly.instantiate(module)).exports as unknown as Exports;
    for (const sequence of entry.stateful ? [false, true] : [false]) {
      const difference = firstDifference(entry, exports, sequence);
      if (difference) differences.push(`${name}${sequence ? " in sequence" : ""}: ${difference}`);
    }
  }
  return { differences, figures };
}

/** Runs all samples, in sequence or each from the initial state. */
function firstDifference(entry: ConformanceCase, exports: Exports, sequence: boolean): string | undefined {
  const { samples } = entry;
  const memory = new Uint8Array(exports.memory.buffer);
  const addressOf = (port: string) => Number((exports[port] as WebAssembly.Global).value);
  if (entry.stateful && !exports.reset) return "the module has no reset";
  if (sequence) exports.reset?.();
  for (let sample = 0; sample < samples; sample++) {
    if (entry.stateful && !sequence) exports.reset?.();
    entry.inputs.forEach(({ file }, index) => {
      memory.set(sampleOf(conformanceFile(file), sample, samples), addressOf(`input_${index}`));
    });
    exports.invoke();
    for (const [index, { file, seq_file: sequenceFile, lsb }] of entry.outputs.entries()) {
      const wanted = sampleOf(conformanceFile(sequence ? (sequenceFile ?? file) : file), sample, samples);
      const at = addressOf(`output_${index}`);
      const found = memory.slice(at, at + wanted.length);
      const difference = lsb === undefined ? differentByte(found, wanted) : tooFar(found, wanted, lsb);
      if (difference) return `sample ${sample}, output ${index}, ${difference}`;
    }
  }
  return undefined;
}

function differentByte(found: Uint8Array, wanted: Uint8Array): string | undefined {
  const at = wanted.findIndex((byte, index) => byte !== found[index]);
  return at < 0 ? undefined : `byte ${at}: ${found[at]}, expected ${wanted[at]}`;
}

/** Float outputs are multiples of `lsb`; more than one of them away is wrong. */
function tooFar(found: Uint8Array, wanted: Uint8Array, lsb: number): string | undefined {
  const floats = (bytes: Uint8Array) => new Float32Array(new Uint8Array(bytes).buffer);
  const values = floats(found);
  const steps = Array.from(
    floats(wanted),
    (value, index) => Math.abs(value - (values[index] ?? Number.NaN)) / lsb,
  );
  // Both sides are float32 products; a half in a thousand covers their rounding. NaN is always too far.
  return steps.every((count) => count <= 1.0005)
    ? undefined
    : `${Math.max(...steps).toFixed(2)} steps of ${lsb} off`;
}
