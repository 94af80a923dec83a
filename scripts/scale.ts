/**
 * Measures time against multiply-accumulates for one convolution of 8 to 256 channels over maps of 4×4 to 96×96, for each build
 * that this Node can run, against dot products out of registers timed in turn; then looks for cliffs: sizes and channels
 * whose multiply-accumulates take much longer than their neighbours'. Writes the part of docs/speed.md between its marks, and
 * docs/speed.svg.
 * Usage: npm run bench:scale
 */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { setFlagsFromString } from "node:v8";
import { TARGETS, type Target } from "../codegen/plan/target.ts";
import { bestTimes } from "./best_times.ts";
import { CEILING_MACS, CEILING_ROUNDS, ceilingModule } from "./ceiling_module.ts";
import { type ConvolutionShape, oneConvolution } from "./one_convolution.ts";
import { type Point, scaleChart } from "./scale_chart.ts";

// Each loop in its optimised form from the first call on, as it is after a while.
setFlagsFromString("--no-liftoff");
setFlagsFromString("--no-wasm-tier-up");

const CHANNELS = [8, 16, 32, 64, 128, 256];
const SIZES = [4, 8, 16, 32, 64, 96];
const KERNELS = [1, 3];
/** Larger convolutions would take minutes. */
const MOST_MACS = 1.6e8;
const PAGE = new URL("../docs/speed.md", import.meta.url);
const CHART = new URL("../docs/speed.svg", import.meta.url);
const MARKS = ["<!-- scale -->", "<!-- /scale -->"] as const;

/** The builds: their names, targets, and the share of the largest convolutions that is worth waiting for. */
const BUILDS: readonly { readonly name: string; readonly target: Target; readonly most: number }[] = [
  { name: "portable", target: TARGETS.portable, most: MOST_MACS / 32 },
  { name: "SIMD128", target: TARGETS.node, most: MOST_MACS },
  { name: "relaxed", target: { ...TARGETS.node, simd: "relaxed" }, most: MOST_MACS },
];

const { dots } = await ceilingModule();

interface Measured {
  readonly gigaMacs: number;
  readonly ceiling: number;
  readonly microseconds: number;
  readonly macs: number;
}

/** Undefined where this Node does not know the build's instructions. */
async function measure(shape: ConvolutionShape, target: Target, runs: number): Promise<Measured | undefined> {
  try {
    const { run, macs } = await oneConvolution(shape, target);
    const [microseconds = 1, loop = 1] = bestTimes([run, () => dots(CEILING_ROUNDS)], runs);
    const ceiling = CEILING_MACS / loop / 1e3;
    return { gigaMacs: macs / microseconds / 1e3, ceiling, microseconds, macs };
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

const macsOf = ({ size, channels, filters, kernel }: ConvolutionShape) =>
  size * size * channels * filters * kernel * kernel;

const lines: string[] = [];
const points: Point[] = [];
const ceilings: number[] = [];
for (const { name, target, most } of BUILDS) {
  for (const kernel of KERNELS) {
    const table = [
      `| channels | ${SIZES.map((size) => `${size}×${size}`).join(" | ")} |`,
      `|---|${"---:|".repeat(SIZES.length)}`,
    ];
    let known = true;
    for (const channels of CHANNELS) {
      const cells: string[] = [];
      for (const size of SIZES) {
        const shape = { size, channels, filters: channels, kernel };
        const found: Measured | undefined =
          known && macsOf(shape) <= most ? await measure(shape, target, 12) : undefined;
        known &&= !!found || macsOf(shape) > most;
        cells.push(found ? found.gigaMacs.toFixed(1) : "");
        if (!found) continue;
        points.push({ build: name, kernel, macs: found.macs, microseconds: found.microseconds });
        ceilings.push(found.ceiling);
      }
      table.push(`| ${channels} | ${cells.join(" | ")} |`);
    }
    if (known) lines.push(`### ${name}, ${kernel}×${kernel}, GMAC/s`, "", ...table, "");
    else if (kernel === KERNELS[0])
      lines.push(`### ${name}`, "", "This Node, or this machine, does not run the build.", "");
  }
}

/** The largest ratio of the times of a multiply-accumulate of neighbours. */
async function cliff(
  shapes: readonly ConvolutionShape[],
  name: (shape: ConvolutionShape) => number,
): Promise<string> {
  let [worst, where] = [0, ""];
  let before: { each: number; at: number } | undefined;
  for (const shape of shapes) {
    const found = await measure(shape, TARGETS.node, 25);
    if (!found) continue;
    const each = found.ceiling / found.gigaMacs;
    const ratio = before ? Math.max(each / before.each, before.each / each) : 1;
    if (ratio > worst) [worst, where] = [ratio, `${before?.at} and ${name(shape)}`];
    before = { each, at: name(shape) };
  }
  return `${worst.toFixed(2)} (${where})`;
}

lines.push("### Neighbours, SIMD128", "");
lines.push("The largest ratio between the times of a multiply-accumulate of one number and the next:", "");
lines.push("| convolution | 1 to 33 channels | 1 to 33 filters | 1×1 to 17×17 |", "|---|---:|---:|---:|");
const upTo = (most: number) => Array.from({ length: most }, (_, index) => index + 1);
for (const kernel of KERNELS) {
  const base = { size: 8, channels: 32, filters: 32, kernel };
  const cells = [
    await cliff(
      upTo(33).map((channels) => ({ ...base, channels })),
      ({ channels }) => channels,
    ),
    await cliff(
      upTo(33).map((filters) => ({ ...base, filters })),
      ({ filters }) => filters,
    ),
    await cliff(
      upTo(17).map((size) => ({ ...base, size })),
      ({ size }) => size,
    ),
  ];
  lines.push(`| ${kernel}×${kernel} | ${cells.join(" | ")} |`);
}
lines.push("", "What is not varied is 32 channels, 32 filters and 8×8 pixels.");

const sorted = ceilings.sort((a, b) => a - b);
const ceiling = sorted[Math.floor(sorted.length / 2)] ?? 0;
writeFileSync(CHART, scaleChart(points, ceiling));
const [start, end] = MARKS;
const page = readFileSync(PAGE, "utf8");
const intro = [
  `Measured on ${cpus()[0]?.model.trim()} with Node ${process.versions.node}, one thread; the ceiling, dot products of SIMD128 out of`,
  `registers, was ${ceiling.toFixed(1)} GMAC/s.`,
  "",
  "![Time against multiply-accumulates](speed.svg)",
  "",
];
const [head = "", tail = ""] = [
  page.slice(0, page.indexOf(start) + start.length),
  page.slice(page.indexOf(end)),
];
writeFileSync(PAGE, `${head}\n${[...intro, ...lines].join("\n").trimEnd()}\n${tail}`);
