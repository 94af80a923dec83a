/** Runtimes on this computer: host instructions a multiply-accumulate of the original network. */

import { compileModel } from "../../codegen/index.ts";
import { isInstalled, RUNTIMES } from "../../tests/runtimes/runtimes.ts";
import { hostInstructions } from "../callgrind.ts";
import { firstInputs } from "../cost_observations.ts";
import type { Figure } from "./figure.ts";

function instructions(name: string, title: string, limits: Figure["limits"] = {}): Figure {
  return {
    title: `${title} on the host, instructions a MAC`,
    networks: ["ad01", "kws", "resnet", "vww"],
    limits,
    decimals: 1,
    inclusive: true,
    async measure(network, file) {
      const runtime = RUNTIMES.find((entry) => entry.name === name);
      if (!runtime || !isInstalled(runtime)) {
        throw new Error(`${name} is not installed: tests/runtimes/install.sh`);
      }
      const built = await compileModel(network.model, { file: `${file}.tflite`, ...runtime.build });
      const { passes, macs } = built.report;
      return hostInstructions(runtime, built, firstInputs(network)) / (passes[0]?.macs[0] ?? macs);
    },
  };
}

export const HOST: readonly Figure[] = [
  instructions("wasm3", "wasm3 0.5.0", { ad01: 24, kws: 24, resnet: 20, vww: 18 }),
  instructions("wasmi", "wasmi"),
  instructions("wamr-fast", "WAMR's fast interpreter"),
  instructions("wamr-classic", "WAMR's classic interpreter"),
  instructions("wasm2c", "wasm2c, with checks,"),
];
