/**
 * Times layers with relaxed SIMD against SIMD128 in headless Chromium, interleaved in one page, and prints what the probe finds
 * on this machine. Layers of eight bits run only where they are exact; outputs are compared. The least time of many rounds
 * counts, since a machine has other things to do.
 * Usage: npm run bench:relaxed. Needs Chromium.
 */

import { buildPlan } from "../codegen/build/build_plan.ts";
import { elementCount } from "../codegen/graph/tensor.ts";
import { DOT_PROBE, SEVEN_BITS, SIGNED, UNSIGNED } from "../codegen/package/dot_probe.ts";
import { makePlan } from "../codegen/plan/make_plan.ts";
import { TARGETS } from "../codegen/plan/target.ts";
import { filterOf } from "../tests/ops/convolutions.ts";
import { type FileOperatorCase, graphOf, tensor } from "../tests/ops/file_operator.ts";
import { randomOf } from "../tests/ops/random_values.ts";
import { chromiumCommand, runInChromium } from "../tests/relaxed/chromium.ts";
import { RELAXED } from "../tests/relaxed/rewrite.ts";

/** Name, and what is convolved: sides, channels, filters, kernel. A dense layer has side 0. */
const LAYERS = [
  ["conv 1×1, 25×25×64 → 64", 25, 64, 64, 1],
  ["conv 1×1, 48×48×16 → 32", 48, 16, 32, 1],
  ["conv 3×3, 32×32×16 → 16", 32, 16, 16, 3],
  ["conv 3×3, 8×8×64 → 64", 8, 64, 64, 3],
  ["dense, 640 → 128", 0, 640, 128, 1],
  ["dense, 128 → 128", 0, 128, 128, 1],
] as const;

interface Timed {
  readonly name: string;
  readonly bits: 7 | 8;
  readonly simd: string;
  readonly macs: number;
  readonly file: string;
  readonly input: readonly [address: number, bytes: number];
  readonly output: readonly [address: number, bytes: number];
}

function layerOf(
  side: number,
  channels: number,
  filters: number,
  kernel: number,
  bits: 7 | 8,
): FileOperatorCase {
  const depth = kernel * kernel * channels;
  const random = randomOf(depth);
  const most = bits === 7 ? 63 : 127;
  const weights = Array.from({ length: filters * depth }, () => random.int(-most, most));
  const scales = Array.from({ length: filters }, (_, index) => 0.01 + 0.0001 * index);
  const scale = 0.05 * 0.01 * 73 * Math.sqrt(depth);
  if (side === 0) {
    const inputs = [tensor([1, depth], 0.05, 3), filterOf([filters, depth], weights, scales)];
    return { spelling: "FULLY_CONNECTED", inputs, outputs: [tensor([1, filters], scale, -3)] };
  }
  const inputs = [
    tensor([1, side, side, channels], 0.05, 3),
    filterOf([filters, kernel, kernel, channels], weights, scales),
  ];
  const options = { padding: 0, strideHeight: 1, strideWidth: 1 };
  return { spelling: "CONV_2D", inputs, outputs: [tensor([1, side, side, filters], scale, -3)], options };
}

/** The page's program; gives the probe's verdict, and for each module a hash of its outputs and its least milliseconds. */
const taskOf = (timed: readonly Timed[]) => `
  const all = ${JSON.stringify(timed)};
  const probe = () => {
    const { dot } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(${JSON.stringify(DOT_PROBE)}))).exports;
    const exact = (cases) => cases.every(([a, b, sum]) => dot(a, b, 1) === sum + 1);
    if (!exact(${JSON.stringify(SEVEN_BITS)})) return 0;
    return exact(${JSON.stringify(SIGNED)}) || exact(${JSON.stringify(UNSIGNED)}) ? 8 : 7;
  };
  export async function run() {
    const bits = probe();
    const models = [];
    for (const model of all.filter((model) => model.simd !== "relaxed" || model.bits <= bits)) {
      const bytes = await (await fetch(model.file)).arrayBuffer();
      const { instance: { exports: { memory, invoke } } } = await WebAssembly.instantiate(bytes);
      const view = new Uint8Array(memory.buffer);
      for (let k = 0; k < model.input[1]; k++) view[model.input[0] + k] = k * 73 + 11;
      invoke();
      let hash = 0;
      for (let k = 0; k < model.output[1]; k++) hash = (Math.imul(hash, 31) + view[model.output[0] + k]) | 0;
      const repeats = Math.ceil(2e7 / model.macs);
      models.push({ file: model.file, hash, least: Infinity, invoke, repeats });
    }
    const time = ({ invoke, repeats }) => {
      const start = performance.now();
      for (let repeat = 0; repeat < repeats; repeat++) invoke();
      return (performance.now() - start) / repeats;
    };
    for (const model of models) for (let round = 0; round < 100; round++) time(model);
    for (let round = 0; round < 200; round++) {
      for (const model of models) model.least = Math.min(model.least, time(model));
    }
    return { bits, models: models.map(({ file, hash, least }) => ({ file, hash, least })) };
  }`;

const chromium = chromiumCommand();
if (chromium === undefined) {
  console.error("bench:relaxed: there is no Chromium here; install it.");
  process.exit(1);
}
const files: Record<string, string | Uint8Array> = {};
const timed: Timed[] = [];
for (const [name, side, channels, filters, kernel] of LAYERS) {
  for (const bits of [7, 8] as const) {
    const graph = graphOf([layerOf(side, channels, filters, kernel, bits)]);
    for (const target of [TARGETS.web, RELAXED]) {
      const plan = makePlan(graph, { target, inline: "all" });
      const file = `${timed.length}.wasm`;
      files[file] = (await buildPlan(plan, { size: false, profile: false })).wasm;
      const [input, output] = [plan.inputs[0], plan.outputs[0]].map(
        (port) => [port?.address ?? 0, elementCount(port?.tensor.shape ?? [])] as const,
      );
      const macs = plan.layers.reduce((sum, layer) => sum + layer.macs, 0);
      if (input && output) timed.push({ name, bits, simd: target.simd, macs, file, input, output });
    }
  }
}
const { result } = await runInChromium<{
  bits: number;
  models: { file: string; hash: number; least: number }[];
}>(chromium, { ...files, "task.js": taskOf(timed) });

console.log(`Relaxed dot products are exact for ${result.bits} bits here.\n`);
console.log("| layer | weights | SIMD128 | relaxed | ratio of times |\n|---|---|---:|---:|---:|");
const ofFile = (file: string | undefined) => result.models.find((model) => model.file === file);
let wrong = 0;
for (const model of timed.filter(({ simd }) => simd === "relaxed")) {
  const plain = timed.find(
    (other) => other.name === model.name && other.bits === model.bits && other !== model,
  );
  const [before, after] = [ofFile(plain?.file), ofFile(model.file)];
  if (!before || !after) continue;
  if (before.hash !== after.hash) wrong++;
  const speed = (least: number) => `${(model.macs / least / 1e6).toFixed(1)} GMAC/s`;
  const ratio = (after.least / before.least).toFixed(2);
  console.log(
    `| ${model.name} | ${model.bits} bits | ${speed(before.least)} | ${speed(after.least)} | ${ratio} |`,
  );
}
if (wrong > 0) console.error(`${wrong} layers give other outputs than with SIMD128`);
process.exitCode = wrong > 0 ? 1 : 0;
