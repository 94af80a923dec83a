/** The conformance set: models with inputs and golden outputs that lie beside the checkout, if they do. */

import { existsSync, readFileSync } from "node:fs";

const ROOT = new URL("../../../shared/conformance/", import.meta.url);

interface CaseTensor {
  readonly file: string;
  readonly seq_file?: string;
}

export interface ConformanceCase {
  readonly name: string;
  readonly model: string;
  readonly group: string;
  readonly mode: string;
  readonly ops: Readonly<Record<string, number>>;
  readonly inputs: readonly CaseTensor[];
  readonly outputs: readonly CaseTensor[];
  readonly samples: number;
}

/** Every case of the index; none where the set is not there. */
export function conformanceCases(): readonly ConformanceCase[] {
  const index = new URL("index.json", ROOT);
  if (!existsSync(index)) return [];
  const { cases }: { cases: readonly ConformanceCase[] } = JSON.parse(readFileSync(index, "utf8"));
  return cases;
}

/** A file of the set. */
export function conformanceFile(path: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(path, ROOT)));
}

/** Runs a module on every sample of a case; the first difference in words, `undefined` where all bytes agree. */
export function firstDifference(entry: ConformanceCase, wasm: Uint8Array): string | undefined {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const exports = instance.exports as Record<string, unknown> & {
    memory: WebAssembly.Memory;
    invoke: () => void;
  };
  const memory = new Uint8Array(exports.memory.buffer);
  const addressOf = (name: string) => (exports[name] as WebAssembly.Global).value as number;
  const inputs = entry.inputs.map(({ file }) => conformanceFile(file));
  const outputs = entry.outputs.map(({ file }) => conformanceFile(file));
  for (let sample = 0; sample < entry.samples; sample++) {
    inputs.forEach((bytes, index) => {
      const size = bytes.length / entry.samples;
      memory.set(bytes.subarray(sample * size, (sample + 1) * size), addressOf(`input_${index}`));
    });
    exports.invoke();
    for (const [index, expected] of outputs.entries()) {
      const size = expected.length / entry.samples;
      for (let at = 0; at < size; at++) {
        const found = memory[addressOf(`output_${index}`) + at];
        const wanted = expected[sample * size + at];
        if (found !== wanted)
          return `sample ${sample}, output ${index}, byte ${at}: ${found}, expected ${wanted}`;
      }
    }
  }
  return undefined;
}
