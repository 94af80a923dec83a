/** The conformance set: models with inputs and golden outputs that lie beside the checkout, if they do. */

import { existsSync, readFileSync } from "node:fs";
import type { DType } from "../../codegen/graph/tensor.ts";
import { type Network, stepOf } from "../golden.ts";

const ROOT = new URL("../../../shared/conformance/", import.meta.url);

interface CaseTensor {
  readonly file: string;
  readonly dtype: DType;
  /** What all samples in order give, without a reset between them. */
  readonly seq_file?: string;
  /** Float outputs only: the step that one quantized value is from the next. */
  readonly lsb?: number;
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

/** A case by its name; `undefined` where the set is not there. */
export function conformanceCase(name: string): ConformanceCase | undefined {
  return conformanceCases().find((entry) => entry.name === name);
}

/** A case with all its files. */
export function conformanceNetwork({ model, samples, inputs, outputs }: ConformanceCase): Network {
  const inSequence = outputs.flatMap(({ seq_file: file }) =>
    file === undefined ? [] : [conformanceFile(file)],
  );
  return {
    model: conformanceFile(model),
    samples,
    inputs: inputs.map(({ file }) => conformanceFile(file)),
    outputs: outputs.map(({ file }) => conformanceFile(file)),
    steps: outputs.map(stepOf),
    ...(inSequence.length > 0 ? { inSequence } : {}),
  };
}
