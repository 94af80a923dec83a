/** Weights in flash, on WAMR: linear memory, all that the runtime allocates on a Cortex-M4, and what copying costs there. */

import { compileModel } from "../../codegen/index.ts";
import type { Network } from "../../tests/golden.ts";
import { canRunOnQemu, type QemuRun, runOnQemu } from "../../tests/qemu/qemu.ts";
import type { Figure } from "./figure.ts";

async function run(network: Network, optimize: string, flashWeights: boolean): Promise<QemuRun> {
  if (!canRunOnQemu("wamr")) throw new Error("wamr cannot be built or run on QEMU here: .ci/run");
  const found = await runOnQemu(network, "wamr", { optimize, flashWeights }, 1);
  if (found.wrong > 0) throw new Error(`${found.wrong} bytes are wrong`);
  return found;
}

export const FLASH: readonly Figure[] = [
  {
    title: "linear memory with weights in flash, WAMR, bytes",
    networks: ["ad01", "kws", "resnet", "vww"],
    limits: { ad01: 1500, kws: 12_000, resnet: 36_000, vww: 48_000 },
    decimals: 0,
    inclusive: true,
    async measure({ model }) {
      const { report } = await compileModel(model, { target: "wamr", flashWeights: true });
      return report.memory.linear;
    },
  },
  {
    title: "WAMR on a Cortex-M4 with weights in flash, bytes of heap with linear memory in it (`size`)",
    networks: ["kws"],
    limits: { kws: 32 * 1024 },
    decimals: 0,
    inclusive: false,
    measure: async (network) => (await run(network, "size", true)).heap,
  },
  {
    title: "WAMR on a Cortex-M4, instructions more for weights in flash than in memory, %",
    networks: ["ad01", "kws", "resnet", "vww"],
    limits: { ad01: 2, kws: 2, resnet: 2, vww: 2 },
    decimals: 1,
    inclusive: true,
    async measure(network) {
      const memory = await run(network, "balanced", false);
      const flash = await run(network, "balanced", true);
      return 100 * (flash.instructions / memory.instructions - 1);
    },
  },
];
