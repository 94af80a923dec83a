/** Modules for wasm3: their bytes, and their memory without weights. */

import { compileModel } from "../../codegen/index.ts";
import { allowance } from "../../codegen/plan/budget.ts";
import type { Network } from "../../tests/golden.ts";
import type { Figure, NetworkName } from "./figure.ts";

const KB = 1000;

async function built(network: Network, name: NetworkName, optimize: string) {
  return compileModel(network.model, { file: `${name}.tflite`, target: "wasm3", strip: true, optimize });
}

export const MODULES: readonly Figure[] = [
  {
    title: "module for wasm3, bytes (`size`, stripped)",
    networks: ["ad01", "kws", "resnet", "vww"],
    limits: { ad01: 274 * KB, kws: 31 * KB, resnet: 88 * KB, vww: 52 * KB },
    decimals: 0,
    inclusive: true,
    measure: async (network, name) => (await built(network, name, "size")).wasm.length,
  },
  {
    title: "`balanced`, bytes more than `size`, as a share of its allowance, %",
    networks: ["ad01", "kws", "resnet", "vww"],
    limits: { ad01: 100, kws: 100, resnet: 100, vww: 100 },
    decimals: 0,
    inclusive: true,
    async measure(network, name) {
      const size = (await built(network, name, "size")).wasm.length;
      const balanced = (await built(network, name, "balanced")).wasm.length;
      return (100 * (balanced - size)) / allowance("balanced", size);
    },
  },
  {
    title: "linear memory without weights, bytes",
    networks: ["ad01", "kws", "resnet", "vww"],
    limits: { ad01: 1500, kws: 12_000, resnet: 36_000, vww: 48_000 },
    decimals: 0,
    inclusive: true,
    measure: async (network, name) => (await built(network, name, "balanced")).report.memory.arena,
  },
];
