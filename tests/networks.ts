/** Networks with golden outputs: the project's own, and how a module is compared with any network's goldens. */

import { readFileSync } from "node:fs";
import type { DType } from "../codegen/graph/tensor.ts";
import { firstDifferenceOf, type Network, runnableOf, stepOf } from "./golden.ts";

const MODELS = new URL("../models/", import.meta.url);

export const OWN_MODELS = ["digits", "pruned", "regressor", "knocks"] as const;
/** Outputs of these may be one step from onnxruntime's. Those with state are built with `stateful`. */
export const OWN_ONNX_MODELS = ["digits_qdq", "motion"] as const;

interface Case {
  readonly format: "tflite" | "onnx";
  readonly samples: number;
  readonly stateful: boolean;
  readonly outputs: readonly { readonly dtype: DType; readonly lsb?: number }[];
}

/** A network that the project carries. */
export function ownModel(name: (typeof OWN_MODELS)[number] | (typeof OWN_ONNX_MODELS)[number]): Network {
  const read = (path: string) => new Uint8Array(readFileSync(new URL(`${name}/${path}`, MODELS)));
  const text = new TextDecoder().decode(read("case.json"));
  const { format, samples, stateful, outputs }: Case = JSON.parse(text);
  return {
    model: read(`${name}.${format}`),
    samples,
    steps: outputs.map(stepOf),
    inputs: [read("input0.bin")],
    outputs: [read("output0.bin")],
    ...(stateful ? { inSequence: [read("output0.seq.bin")] } : {}),
  };
}

/** How the outputs of a module differ from a network's goldens; `undefined` where they don't (`firstDifferenceOf`). */
export function firstDifference(network: Network, wasm: Uint8Array): string | undefined {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  return firstDifferenceOf(network, runnableOf(instance.exports));
}
