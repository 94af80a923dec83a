/**
 * Prints how near depthwise and dense layers come to what the machine allows, in this process, interleaved. A layer's rate is
 * a byte for each multiply-accumulate: of weights for a dense layer, of activations for a depthwise one, of which each is read
 * anew by each tap. It stands beside the rate of just reading as many bytes, the share of load bandwidth, and beside that of
 * the kernel's arithmetic out of registers, which is lower: no kernel of these instructions multiplies bytes as fast as they
 * load. That is dot products, and for depthwise 3×3 layers also the rounding of each output, which nine products pay for.
 * Usage: npm run bench:bandwidth. Needs the conformance set beside the checkout.
 */

import { setFlagsFromString } from "node:v8";
import { compileModel, type ReportLayer } from "../codegen/index.ts";
import { conformanceCase, conformanceFile } from "../tests/conformance/conformance.ts";
import { bestTimes } from "./best_times.ts";
import { CEILING_MACS, CEILING_ROUNDS, ceilingModule, DEPTHWISE_MACS } from "./ceiling_module.ts";

// Each function in its optimised form from the first call on, as it is after a while.
setFlagsFromString("--no-liftoff");
setFlagsFromString("--no-wasm-tier-up");

const TURNS = 60;
/** Layers of fewer multiply-accumulates are too short to time. */
const LEAST_MACS = 10_000;

const { dots, depthwise, reads } = await ceilingModule();

const DEPTHWISE = { kernel: "depthwise_conv_2d_s8_simd128", arithmetic: depthwise, macs: DEPTHWISE_MACS };

/** Networks, the kernel whose layers count, and its arithmetic. */
const NETWORKS = [
  { name: "kws_ref_model", ...DEPTHWISE },
  { name: "vww_96_int8", ...DEPTHWISE },
  { name: "ad01_int8", kernel: "fully_connected_s8_simd128", arithmetic: dots, macs: CEILING_MACS },
];

console.log("| network | layer | µs | GB/s | reading | share | out of registers | share |");
console.log("|---|---|---:|---:|---:|---:|---:|---:|");
for (const { name, kernel, arithmetic, macs } of NETWORKS) {
  const entry = conformanceCase(name);
  if (!entry) {
    console.error("bench:bandwidth: the conformance set is not beside this checkout; nothing to measure.");
    process.exit(1);
  }
  const { wasm, report } = await compileModel(conformanceFile(entry.model), {
    file: entry.model,
    target: "node",
    optimize: "speed",
    profile: true,
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const { invoke_layer: invokeLayer } = instance.exports as { invoke_layer: (layer: number) => void };
  const layers = report.layers.filter((layer) => layer.kernel === kernel && layer.macs >= LEAST_MACS);
  const groups = layers.map((layer) => ({ title: titleOf(layer), layers: [layer] }));
  for (const group of [...groups, { title: `all ${layers.length}`, layers }]) {
    const bytes = group.layers.reduce((sum, layer) => sum + layer.macs, 0);
    const run = () => {
      for (const { index } of group.layers) invokeLayer(index);
    };
    // Reading stays within 16 pages; a whole number of its rounds.
    const read = Math.min(1 << 20, bytes) & ~63;
    const [ours = 1, reading = 1, computing = 1] = bestTimes(
      [run, () => reads(read), () => arithmetic(CEILING_ROUNDS)],
      TURNS,
    );
    const rates = [bytes / ours, read / reading, macs / computing].map((rate) => rate / 1000);
    const [rate = 0, ceiling = 1, registers = 1] = rates;
    const share = (of: number) => `${((100 * rate) / of).toFixed(0)} %`;
    const cells = [
      ours.toFixed(1),
      rate.toFixed(1),
      ceiling.toFixed(1),
      share(ceiling),
      registers.toFixed(1),
      share(registers),
    ];
    console.log(`| ${name} | ${group.title} | ${cells.join(" | ")} |`);
  }
}

function titleOf({ inputShapes, outputShapes }: ReportLayer): string {
  return [inputShapes[0], outputShapes[0]].map((shape = []) => shape.join("×")).join(" → ");
}
