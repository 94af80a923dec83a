/** Firmwares on an emulated Cortex-M4: instructions a multiply-accumulate, and the heap of the smallest. */

import type { Network } from "../../tests/golden.ts";
import { canRunOnQemu, type QemuRun, type QemuTarget, runOnQemu } from "../../tests/qemu/qemu.ts";
import type { Figure, NetworkName } from "./figure.ts";

async function run(
  network: Network,
  name: NetworkName,
  target: QemuTarget,
  optimize: string,
): Promise<QemuRun> {
  if (!canRunOnQemu(target)) throw new Error(`${target} cannot be built or run on QEMU here: .ci/run`);
  const found = await runOnQemu(network, target, { optimize, file: `${name}.tflite` }, 1);
  if (found.wrong > 0) throw new Error(`${name} on ${target}: ${found.wrong} bytes are wrong`);
  return found;
}

function instructions(target: QemuTarget, limits: Figure["limits"]): Figure {
  return {
    title: `${target} on a Cortex-M4, instructions a MAC`,
    networks: ["ad01", "kws", "resnet", "vww"],
    limits,
    decimals: 1,
    inclusive: true,
    async measure(network, name) {
      const found = await run(network, name, target, "balanced");
      return found.instructions / found.macs;
    },
  };
}

export const CORTEX_M4: readonly Figure[] = [
  instructions("wasm3", { ad01: 48, kws: 50, resnet: 40, vww: 38 }),
  instructions("wasm2c", { ad01: 7, kws: 8, resnet: 7, vww: 6 }),
  {
    title: "wasm3 on a Cortex-M4, bytes of heap with the module in it (`size`)",
    networks: ["hello"],
    limits: { hello: 12 * 1024 },
    decimals: 0,
    inclusive: false,
    measure: async (network, name) => (await run(network, name, "wasm3", "size")).heap,
  },
];
