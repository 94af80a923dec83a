/** Golden inputs and outputs for a firmware's self test: seeded random inputs, and what the reference makes of them. */

import type { CompileOptions, Manifest } from "../compile_result.ts";
import { evaluateGraph, initialState } from "../graph/evaluate.ts";
import { bytesOf, type Values } from "../graph/tensor.ts";
import { importModel } from "../import/index.ts";
import type { FirmwareGolden } from "../package/firmware/golden.ts";
import { randomNumbers, randomValues } from "./random_inputs.ts";

/** A model with state takes more than one sample, so that the test sees it. */
const SAMPLES = { stateless: 1, stateful: 3 };

/** The same for the same model. */
export function firmwareGolden(
  model: Uint8Array,
  options: CompileOptions,
  manifest: Manifest,
): FirmwareGolden {
  const graph = importModel(model, options);
  const state = initialState(graph);
  const samples = state.size > 0 ? SAMPLES.stateful : SAMPLES.stateless;
  const random = randomNumbers(1);
  const inputs = Array.from({ length: samples }, () =>
    manifest.inputs.map((tensor) => randomValues(tensor, random)),
  );
  const outputs = inputs.map((values) => evaluateGraph(graph, values, state));
  return { samples, inputs: columns(inputs), outputs: columns(outputs) };
}

/** From a row a sample to the bytes of all samples, a tensor each. */
function columns(rows: readonly (readonly Values[])[]): Uint8Array[] {
  const tensors = rows[0]?.length ?? 0;
  return Array.from({ length: tensors }, (_, index) =>
    Buffer.concat(rows.flatMap((row) => (row[index] ? [bytesOf(row[index])] : []))),
  );
}
