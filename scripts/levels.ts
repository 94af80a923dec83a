/**
 * Prints how much of `--optimize speed` the levels `balanced` and `size` reach, and the bytes that they take, for networks of
 * MLPerf Tiny on portable and SIMD128 builds: the least time of many short batches in turn, in this process.
 * Usage: npm run bench:levels [-- --write], which puts the table into docs/speed.md. Needs the conformance set.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { setFlagsFromString } from "node:v8";
import { compileModel } from "../codegen/index.ts";
import { conformanceCase, conformanceFile } from "../tests/conformance/conformance.ts";
import { bestTimes } from "./best_times.ts";

// Each function in its optimised form from the first call on, as it is after a while.
setFlagsFromString("--no-liftoff");
setFlagsFromString("--no-wasm-tier-up");

const PAGE = new URL("../docs/speed.md", import.meta.url);
const MARKERS = ["<!-- levels -->", "<!-- /levels -->"] as const;
const TURNS = 100;

const NETWORKS = ["ad01_int8", "kws_ref_model", "pretrainedResnet_quant", "vww_96_int8"];
const TARGETS = ["portable", "node"] as const;
const LEVELS = ["speed", "balanced", "size"] as const;

async function built(name: string, target: string, optimize: string) {
  const entry = conformanceCase(name);
  if (!entry) {
    console.error("bench:levels: the conformance set is not beside this checkout; nothing to measure.");
    process.exit(1);
  }
  const { wasm } = await compileModel(conformanceFile(entry.model), { file: entry.model, target, optimize });
  const { invoke } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm))).exports;
  if (typeof invoke !== "function") throw new Error(`${name} has no invoke`);
  return { bytes: wasm.length, run: () => void invoke() };
}

const lines = [
  `| network | target | ${LEVELS.map((level) => `${level}: µs | bytes`).join(" | ")} | balanced reaches | size reaches |`,
  `|---|---|${LEVELS.map(() => "---:|---:|").join("")}---:|---:|`,
];
for (const target of TARGETS) {
  for (const name of NETWORKS) {
    const builds = await Promise.all(LEVELS.map((level) => built(name, target, level)));
    const times = bestTimes(
      builds.map(({ run }) => run),
      TURNS,
    );
    const [speed = 1, balanced = 1, size = 1] = times;
    const cells = builds.map(
      ({ bytes }, index) => `${(times[index] ?? 0).toFixed(1)} | ${bytes.toLocaleString("en-US")}`,
    );
    const share = (time: number) => `${((100 * speed) / time).toFixed(0)} %`;
    lines.push(`| ${name} | ${target} | ${cells.join(" | ")} | ${share(balanced)} | ${share(size)} |`);
  }
}
const table = lines.join("\n");
console.log(table);

if (process.argv.includes("--write")) {
  const text = readFileSync(PAGE, "utf8");
  const [before = "", rest = ""] = text.split(MARKERS[0]);
  const after = rest.split(MARKERS[1])[1] ?? "";
  const machine = `Measured on ${cpus()[0]?.model.trim()} with Node ${process.versions.node}, one thread.`;
  writeFileSync(PAGE, `${before}${MARKERS[0]}\n${machine}\n\n${table}\n${MARKERS[1]}${after}`);
}
