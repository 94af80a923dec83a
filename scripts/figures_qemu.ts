/**
 * Prints what networks take on a Cortex-M4: instructions a multiply-accumulate of the original network, RAM, flash. QEMU counts.
 * Usage: npm run figures:qemu [-- --json] [-- --optimize size]. Needs what `.ci/run` installs for QEMU.
 */

import { parseArgs } from "node:util";
import { tableLines } from "../codegen/cli/table.ts";
import { conformanceCase, conformanceNetwork } from "../tests/conformance/conformance.ts";
import type { Network } from "../tests/golden.ts";
import { OWN_MODELS, ownModel } from "../tests/networks.ts";
import { canRunOnQemu, QEMU_TARGETS, type QemuRun, runOnQemu, versions } from "../tests/qemu/qemu.ts";

const REFERENCE = {
  hello: "hello_world_int8",
  ad01: "ad01_int8",
  kws: "kws_ref_model",
  resnet: "pretrainedResnet_quant",
  vww: "vww_96_int8",
};

const { values } = parseArgs({
  options: { json: { type: "boolean" }, optimize: { type: "string", default: "balanced" } },
});
const number = (value: number) => value.toLocaleString("en-US");

interface Row extends QemuRun {
  readonly network: string;
  readonly target: string;
}

function networks(): [string, Network][] {
  const own = OWN_MODELS.map((name): [string, Network] => [name, ownModel(name)]);
  const reference = Object.entries(REFERENCE).flatMap(([name, key]): [string, Network][] => {
    const entry = conformanceCase(key);
    return entry ? [[name, conformanceNetwork(entry)]] : [];
  });
  return [...own, ...reference];
}

const rows: Row[] = [];
for (const target of QEMU_TARGETS) {
  if (!canRunOnQemu(target)) {
    console.error(`figures: ${target} cannot be built or run here; see .ci/run.`);
    process.exit(1);
  }
  for (const [network, entry] of networks()) {
    const run = await runOnQemu(entry, target, { optimize: values.optimize, file: network }, 1);
    if (run.wrong > 0) throw new Error(`${network} on ${target}: ${run.wrong} bytes are wrong`);
    rows.push({ network, target, ...run });
  }
}

if (values.json) {
  console.log(JSON.stringify(rows, null, 2));
} else {
  const head = ["target", "network", "instructions", "a MAC", "heap", "array", "stack", "runtime", "module"];
  const body = rows.map((row) => [
    row.target,
    row.network,
    number(row.instructions),
    (row.instructions / row.macs).toFixed(1),
    ...[row.heap, row.array, row.stack, row.runtimeFlash, row.moduleFlash].map(number),
  ]);
  console.log(`${versions()}; --optimize ${values.optimize}`);
  console.log("RAM: heap, array, stack. Flash: runtime with host/mcu, module. Bytes.\n");
  console.log(tableLines([head, ...body], [2, 3, 4, 5, 6, 7, 8]).join("\n"));
}
