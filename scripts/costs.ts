/**
 * Prints what the SIMD128 convolutions cost over many shapes, against what the plan takes them for
 * (codegen/ops/families/convolution_costs.ts), and the constants that fit these measurements best. Times are those of this
 * process, in dot products of a loop that runs out of registers, timed in turn with them.
 * Usage: npm run bench:costs
 */

import { setFlagsFromString } from "node:v8";
import { DIRECT, type KernelCost, WINOGRAD } from "../codegen/ops/families/convolution_costs.ts";
import { TARGETS } from "../codegen/plan/target.ts";
import { bestTimes } from "./best_times.ts";
import { CEILING_MACS, CEILING_ROUNDS, ceilingModule } from "./ceiling_module.ts";
import { fitRelative } from "./fit.ts";
import { type ConvolutionShape, oneConvolution } from "./one_convolution.ts";

// Each loop in its optimised form from the first call on, as it is after a while.
setFlagsFromString("--no-liftoff");
setFlagsFromString("--no-wasm-tier-up");

const KERNELS: readonly (readonly [name: string, cost: KernelCost, sizes: readonly number[]])[] = [
  ["conv_2d_s8_simd128", DIRECT, [1, 3]],
  ["conv_2d_s8_simd128_winograd", WINOGRAD, [3]],
];

/** Size of the map, channels, filters. */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [1, 64, 64],
  [2, 32, 32],
  [3, 16, 64],
  [4, 8, 8],
  [4, 64, 64],
  [5, 33, 9],
  [6, 57, 30],
  [7, 24, 40],
  [8, 16, 16],
  [8, 32, 32],
  [8, 64, 64],
  [8, 128, 128],
  [13, 12, 20],
  [16, 8, 8],
  [16, 16, 64],
  [16, 64, 16],
  [16, 32, 32],
  [16, 64, 64],
  [32, 3, 16],
  [32, 16, 16],
  [32, 32, 32],
  [64, 3, 8],
];

const { dots } = await ceilingModule();
for (const [name, cost, kernels] of KERNELS) {
  const rows: number[][] = [];
  const found: number[] = [];
  console.log(`\n${name}, in dot products:\n`);
  console.log("| shape | measured | planned | planned / measured | of the ceiling |");
  console.log("|---|---:|---:|---:|---:|");
  for (const kernel of kernels) {
    for (const [size, channels, filters] of SHAPES) {
      const shape: ConvolutionShape = { size, channels, filters, kernel };
      const { run, macs, problem } = await oneConvolution(shape, TARGETS.node, name);
      const [ours = 1, loop = 1] = bestTimes([run, () => dots(CEILING_ROUNDS)], 60);
      const measured = (ours / loop) * (CEILING_MACS / 8);
      const counts = cost.counts(problem);
      const planned = counts.reduce((sum, count, term) => sum + count * (cost.constants[term] ?? 0), 0);
      rows.push([...counts]);
      found.push(measured);
      const text = `${kernel}×${kernel}, ${size}×${size}×${channels} → ${filters}`;
      const share = (100 * macs) / 8 / measured;
      console.log(
        `| ${text} | ${measured.toFixed(0)} | ${planned.toFixed(0)} | ${(planned / measured).toFixed(2)} | ${share.toFixed(0)} % |`,
      );
    }
  }
  const constants = fitRelative(rows, found);
  console.log(`\n| what | planned | fits best |\n|---|---:|---:|`);
  cost.terms.forEach((term, index) => {
    console.log(`| ${term} | ${cost.constants[index]} | ${constants[index]?.toFixed(2)} |`);
  });
}
