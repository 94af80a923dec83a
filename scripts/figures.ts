/**
 * Prints the README's figures as a Markdown table, and writes it between the markers of README.md with --write.
 * Sizes and memory are exact; times are of a fresh process of the compiled command, the median of five.
 * Usage: npm run figures [-- --write]. Needs the conformance set beside the checkout and `npm run build`.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel } from "../codegen/index.ts";

const CONFORMANCE = new URL("../../shared/conformance/", import.meta.url);
const CLI = fileURLToPath(new URL("../dist/codegen/cli.js", import.meta.url));
const README = new URL("../README.md", import.meta.url);
const MARKERS = ["<!-- figures -->", "<!-- /figures -->"] as const;
const RUNS = 5;

/** Column title, case, and what the peers' measured bytes and arena are (KB raw; bytes). */
const NETWORKS = [
  { title: "hello", name: "hello_world_int8", onnx2c: 1.9, tflm: 26, tflmArena: 716 },
  { title: "ad01", name: "ad01_int8", onnx2c: 277, tflm: 300, tflmArena: undefined },
  { title: "kws", name: "kws_ref_model", onnx2c: 40, tflm: 88, tflmArena: 22_800 },
  { title: "resnet", name: "pretrainedResnet_quant", onnx2c: 95, tflm: 140, tflmArena: 54_400 },
  { title: "vww", name: "vww_96_int8", onnx2c: 113, tflm: 176, tflmArena: 100_700 },
] as const;

function coldBuildSeconds(file: string): number {
  const folder = mkdtempSync(join(tmpdir(), "mote-"));
  const times = Array.from({ length: RUNS }, () => {
    const start = process.hrtime.bigint();
    const { status, stderr } = spawnSync(process.execPath, [CLI, "build", file, "-o", join(folder, "out")]);
    if (status !== 0) throw new Error(`${file} does not build: ${stderr}`);
    return Number(process.hrtime.bigint() - start) / 1e9;
  });
  rmSync(folder, { recursive: true });
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}

if (!existsSync(CONFORMANCE)) {
  console.error("figures: the conformance set is not beside this checkout; nothing to measure.");
  process.exit(1);
}

const number = (value: number | undefined) => value?.toLocaleString("en-US") ?? "";
const rows: Record<string, string[]> = {
  "wasm bytes (`portable`, `--optimize size --strip`)": [],
  "onnx2c -Oz / TFLite Micro -Oz, KB": [],
  "arena bytes": [],
  "no layout takes less than": [],
  "TFLite Micro's arena": [],
  "multiply-accumulates, of the model → left": [],
  "build, cold process, seconds": [],
};
const cells = Object.values(rows);
for (const network of NETWORKS) {
  const file = new URL(`${network.name}/model.tflite`, CONFORMANCE);
  const { wasm, report } = await compileModel(readFileSync(file), {
    file: "model.tflite",
    optimize: "size",
    strip: true,
  });
  const before = report.passes[0]?.macs[0] ?? report.macs;
  const values = [
    number(wasm.length),
    `${network.onnx2c} / ${network.tflm}`,
    number(report.memory.arena),
    number(report.memory.bound),
    number(network.tflmArena),
    before === report.macs ? number(before) : `${number(before)} → ${number(report.macs)}`,
    coldBuildSeconds(fileURLToPath(file)).toFixed(1),
  ];
  values.forEach((value, row) => {
    cells[row]?.push(value);
  });
}

const table = [
  `| | ${NETWORKS.map(({ title }) => title).join(" | ")} |`,
  `|---|${NETWORKS.map(() => "---:|").join("")}`,
  ...Object.entries(rows).map(([title, row]) => `| ${title} | ${row.join(" | ")} |`),
].join("\n");
console.log(table);

if (process.argv.includes("--write")) {
  const text = readFileSync(README, "utf8");
  const [before = "", rest = ""] = text.split(MARKERS[0]);
  const after = rest.split(MARKERS[1])[1] ?? "";
  writeFileSync(README, `${before}${MARKERS[0]}\n\n${table}\n\n${MARKERS[1]}${after}`);
}
