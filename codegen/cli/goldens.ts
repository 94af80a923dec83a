/** Finds golden inputs and outputs in a folder: .npy files, or a case of the conformance layout. */

import { readdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Manifest, ManifestTensor } from "../compile_result.ts";
import { MoteError } from "../error.ts";
import { bytesOf, type Values } from "../graph/tensor.ts";
import { exists, isFolder, readBytes } from "./files.ts";
import { readSamples } from "./inputs/index.ts";
import { readNpy } from "./inputs/npy.ts";
import { rawSamples } from "./inputs/numbers.ts";

/** What a model must answer: `inputs[sample][input]` gives `outputs[sample][output]`. */
export interface Goldens {
  readonly inputs: readonly (readonly Values[])[];
  /** One list for samples that each start from the initial state, one for samples that follow each other. */
  readonly runs: readonly { readonly sequence: boolean; readonly outputs: readonly (readonly Values[])[] }[];
  /** By output, how far a value may be from its golden one: `lsb` in a case; left out where all must be equal. */
  readonly steps?: readonly (number | undefined)[];
}

interface CaseTensor {
  readonly file: string;
  readonly seq_file?: string;
  readonly lsb?: number;
}

/** Reads the goldens in `folder` for this model. Throws a `MoteError` where they are missing or do not fit. */
export async function readGoldens(folder: string, manifest: Manifest): Promise<Goldens> {
  if (!(await isFolder(folder))) {
    throw new MoteError(
      "bad-input",
      folder,
      "is not a folder. Give a folder of .npy goldens or of a conformance case.",
    );
  }
  const found = await readCase(folder);
  return found ? caseGoldens(folder, found, manifest) : npyGoldens(folder, manifest);
}

async function caseGoldens(
  folder: string,
  { inputs, outputs }: { inputs: readonly CaseTensor[]; outputs: readonly CaseTensor[] },
  manifest: Manifest,
): Promise<Goldens> {
  checkCounts(folder, inputs.length, outputs.length, manifest);
  const read = (files: readonly string[], tensors: readonly ManifestTensor[]): Promise<Values[][]> =>
    Promise.all(
      tensors.map(async (tensor, index) => {
        const file = basename(files[index] ?? "");
        return rawSamples(await readBytes(join(folder, file)), file, tensor);
      }),
    );
  const columns = await read(
    inputs.map(({ file }) => file),
    manifest.inputs,
  );
  const single = await read(
    outputs.map(({ file }) => file),
    manifest.outputs,
  );
  const sequence = outputs.find(({ seq_file: file }) => file !== undefined);
  if (sequence && manifest.stateBytes === 0) {
    throw new MoteError(
      "bad-input",
      folder,
      `expected goldens of single samples, since the model keeps no state, found "${basename(sequence.seq_file ?? "")}" for samples in sequence. They belong to another model.`,
    );
  }
  const sequences = outputs.map(({ seq_file: file }) => file).filter((file) => file !== undefined);
  const inSequence =
    sequences.length === outputs.length ? await read(sequences, manifest.outputs) : undefined;
  return {
    inputs: rowsOf(folder, columns),
    steps: outputs.map(({ lsb }) => lsb),
    runs: [
      { sequence: false, outputs: rowsOf(folder, single, columns[0]?.length) },
      ...(inSequence ? [{ sequence: true, outputs: rowsOf(folder, inSequence, columns[0]?.length) }] : []),
    ],
  };
}

async function npyGoldens(folder: string, manifest: Manifest): Promise<Goldens> {
  const files = await readdir(folder);
  const count = (side: string): number =>
    files.filter((file) => new RegExp(`^${side}\\d+\\.npy$`).test(file)).length;
  if (count("input") + count("output") === 0) {
    throw new MoteError(
      "bad-input",
      folder,
      "has no goldens. Expected input0.npy and output0.npy, or a case.json with its .bin files.",
    );
  }
  checkCounts(folder, count("input"), count("output"), manifest);
  const columns = await Promise.all(
    manifest.inputs.map((tensor, index) => readSamples(join(folder, `input${index}.npy`), tensor)),
  );
  const answers = await Promise.all(
    manifest.outputs.map(async (tensor, index) => {
      const file = `output${index}.npy`;
      const path = join(folder, file);
      const { dtype } = readNpy(await readBytes(path), file);
      if (dtype !== tensor.dtype) {
        throw new MoteError(
          "bad-input",
          file,
          `output "${tensor.name}" is ${tensor.dtype}, found ${dtype}. Goldens are the model's own values, to be equal bit for bit.`,
        );
      }
      return readSamples(path, tensor);
    }),
  );
  const inputs = rowsOf(folder, columns);
  return { inputs, runs: [{ sequence: false, outputs: rowsOf(folder, answers, inputs.length) }] };
}

function checkCounts(folder: string, inputs: number, outputs: number, manifest: Manifest): void {
  const wanted = [manifest.inputs.length, manifest.outputs.length];
  if (inputs === wanted[0] && outputs === wanted[1]) return;
  throw new MoteError(
    "bad-input",
    folder,
    `the model has ${wanted[0]} inputs and ${wanted[1]} outputs, found goldens for ${inputs} and ${outputs}. They belong to another model.`,
  );
}

/** Columns (one a tensor) as rows (one a sample). */
function rowsOf(folder: string, columns: readonly (readonly Values[])[], expected?: number): Values[][] {
  const samples = expected ?? columns[0]?.length ?? 0;
  const bad = columns.find((column) => column.length !== samples);
  if (bad) {
    throw new MoteError(
      "bad-input",
      folder,
      `expected ${samples} samples in every file, found ${bad.length} in one.`,
    );
  }
  return Array.from({ length: samples }, (_, sample) =>
    columns.map((column) => column[sample]).filter((values) => values !== undefined),
  );
}

/** The case's tensors from its own case.json, or from its entry in index.json of the parent folder. */
async function readCase(
  folder: string,
): Promise<{ inputs: readonly CaseTensor[]; outputs: readonly CaseTensor[] } | undefined> {
  const own = join(folder, "case.json");
  if (await exists(own)) return caseOf(own, await readJson(own));
  const index = join(dirname(resolve(folder)), "index.json");
  if (!(await exists(index))) return undefined;
  const parsed = await readJson(index);
  const name = basename(resolve(folder));
  const cases = isRecord(parsed) && Array.isArray(parsed.cases) ? parsed.cases : [];
  const entry: unknown = cases.find((candidate: unknown) => isRecord(candidate) && candidate.name === name);
  return entry === undefined ? undefined : caseOf(index, entry);
}

function caseOf(
  path: string,
  value: unknown,
): { inputs: readonly CaseTensor[]; outputs: readonly CaseTensor[] } {
  if (isRecord(value) && isTensorList(value.inputs) && isTensorList(value.outputs)) {
    return { inputs: value.inputs, outputs: value.outputs };
  }
  throw new MoteError(
    "bad-input",
    path,
    'expected "inputs" and "outputs" with a "file" each, found otherwise.',
  );
}

function isTensorList(value: unknown): value is CaseTensor[] {
  const isFile = (name: unknown): boolean => typeof name === "string";
  return (
    Array.isArray(value) &&
    value.every(
      (tensor) =>
        isRecord(tensor) &&
        isFile(tensor.file) &&
        (tensor.seq_file === undefined || isFile(tensor.seq_file)) &&
        (tensor.lsb === undefined || (typeof tensor.lsb === "number" && tensor.lsb > 0)),
    )
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(new TextDecoder().decode(await readBytes(path)));
  } catch (error) {
    if (error instanceof MoteError) throw error;
    throw new MoteError("bad-input", path, "is not JSON. The file is damaged.");
  }
}

/**
 * Elements of two tensors that differ, byte for byte, or by more than `step` where there is one: the first of them, and how
 * many; and how many differ by less.
 */
export function differencesOf(
  found: Values,
  expected: Values,
  step?: number,
): { readonly first: number; readonly differing: number; readonly near: number } {
  let [first, differing, near] = [-1, 0, 0];
  const [a, b] = [bytesOf(found), bytesOf(expected)];
  const size = found.BYTES_PER_ELEMENT;
  found.forEach((value: number | bigint, at: number) => {
    const bytes = a.subarray(at * size, (at + 1) * size);
    if (bytes.every((byte, k) => byte === b[at * size + k])) return;
    // Floats are products of a step and an integer: a thousandth covers their rounding. NaN is never near.
    if (step !== undefined && Math.abs(Number(value) - Number(expected[at])) <= step * 1.001) near += 1;
    else {
      if (first < 0) first = at;
      differing += 1;
    }
  });
  return { first, differing, near };
}
