/** wasm3 on this computer: host instructions a multiply-accumulate of the original network. */

import { compileModel } from "../../codegen/index.ts";
import { isInstalled, RUNTIMES } from "../../tests/runtimes/runtimes.ts";
import { hostInstructions } from "../callgrind.ts";
import { firstInputs } from "../cost_observations.ts";
import type { Figure } from "./figure.ts";

export const HOST_WASM3: Figure = {
  title: "wasm3 0.5.0 on the host, instructions a MAC",
  limits: { ad01: 24, kws: 24, resnet: 20, vww: 18 },
  decimals: 1,
  inclusive: true,
  async measure(network, name) {
    const runtime = RUNTIMES.find((entry) => entry.name === "wasm3");
    if (!runtime || !isInstalled(runtime))
      throw new Error("wasm3 is not installed: tests/runtimes/install.sh");
    const built = await compileModel(network.model, { file: `${name}.tflite`, ...runtime.build });
    const { passes, macs } = built.report;
    return hostInstructions(runtime, built, firstInputs(network)) / (passes[0]?.macs[0] ?? macs);
  },
};
