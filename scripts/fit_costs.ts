/**
 * Fits what an instruction of each class costs on a runtime: host instructions, as callgrind counts them, of one inference of
 * many small networks against their counts by class. Prints the error on networks that were not fitted on; with --write,
 * writes codegen/plan/cost_tables.ts.
 * Usage: npm run fit:costs [-- --write] [-- RUNTIME…]. Needs valgrind, tests/runtimes/install.sh and the conformance set.
 */

import { writeFileSync } from "node:fs";
import { countInstructions } from "../codegen/count/count.ts";
import { CLASSES, type Counts } from "../codegen/count/instructions.ts";
import { type CompileResult, compileModel } from "../codegen/index.ts";
import { COST_TABLES } from "../codegen/plan/cost_tables.ts";
import { conformanceCases, conformanceNetwork } from "../tests/conformance/conformance.ts";
import { type Network, sampleOf } from "../tests/golden.ts";
import { OWN_MODELS, ownModel } from "../tests/networks.ts";
import { isInstalled, RUNTIMES, type Runtime, runOn } from "../tests/runtimes/runtimes.ts";
import { leastRelativeSquares } from "./least_squares.ts";

const TABLES = new URL("../codegen/plan/cost_tables.ts", import.meta.url);
/** Networks that nothing is fitted on. */
const HELD_OUT = ["hello_world_int8", "kws_ref_model", "ad01_int8", "pretrainedResnet_quant", "vww_96_int8"];
/** Every so many of the conformance set's other small networks is fitted on. */
const EACH = 12;
const PROFILER = [
  "valgrind",
  "--tool=callgrind",
  "--callgrind-out-file=/dev/null",
  "--toggle-collect=runtime_call",
];

/** wasmi's runner is Rust, whose functions callgrind can't tell apart; a target has one table, that of WAMR's faster interpreter. */
const NOT_FITTED = ["wasmi", "wamr-classic"];

interface Observation {
  readonly name: string;
  readonly counts: Counts;
  readonly cost: number;
}

/** Host instructions of one inference, loading left out. */
function instructionsOn(runtime: Runtime, built: CompileResult, inputs: Uint8Array): number {
  const { log } = runOn(runtime, built, inputs, { wrapper: PROFILER });
  return Number(/Collected : (\d+)/.exec(log)?.[1]);
}

async function observe(
  runtime: Runtime,
  name: string,
  network: Network,
  optimize: string,
): Promise<Observation> {
  const file = `${name}.tflite`;
  const built = await compileModel(network.model, { file, optimize, ...runtime.build, bytePages: false });
  const inputs = new Uint8Array(
    Buffer.concat(network.inputs.map((bytes) => sampleOf(bytes, 0, network.samples))),
  );
  const counts = countInstructions(built.wasm, built.functionNames, (memory) => {
    let at = 0;
    for (const { address, bytes } of built.manifest.inputs) {
      memory.set(inputs.subarray(at, at + bytes), address);
      at += bytes;
    }
  }).total;
  return { name: `${name} ${optimize}`, counts, cost: instructionsOn(runtime, built, inputs) };
}

function predicted(table: readonly number[], counts: Counts): number {
  return CLASSES.reduce(
    (sum, name, index) => sum + (table[index] ?? 0) * (counts[name] ?? 0),
    table[CLASSES.length] ?? 0,
  );
}

async function fittedTable(runtime: Runtime): Promise<Record<string, number>> {
  const small = conformanceCases()
    .filter(
      ({ name, model }) => !HELD_OUT.includes(name) && !/_taps$/.test(name) && model.endsWith(".tflite"),
    )
    .filter((_, index) => index % EACH === 0)
    .map((entry) => ({ name: entry.name, network: conformanceNetwork(entry) }));
  const own = OWN_MODELS.map((name) => ({ name, network: ownModel(name) }));
  const fitted: Observation[] = [];
  for (const { name, network } of [...own, ...small]) {
    if (network.inSequence) continue;
    for (const optimize of own.some((entry) => entry.name === name) ? ["size", "speed"] : ["balanced"]) {
      fitted.push(await observe(runtime, name, network, optimize));
    }
  }
  const table = leastRelativeSquares(
    fitted.map(({ counts }) => [...CLASSES.map((name) => counts[name] ?? 0), 1]),
    fitted.map(({ cost }) => cost),
  );
  const within = fitted
    .map(({ counts, cost }) => Math.abs(predicted(table, counts) / cost - 1))
    .sort((a, b) => a - b);
  console.log(
    `${runtime.name}: fitted on ${fitted.length} builds, median error ${percent(within[Math.floor(within.length / 2)] ?? 0)}, 9 of 10 within ${percent(within[Math.floor(within.length * 0.9)] ?? 0)}`,
  );
  for (const entry of conformanceCases().filter(({ name }) => HELD_OUT.includes(name))) {
    for (const optimize of ["size", "balanced"]) {
      const { name, counts, cost } = await observe(runtime, entry.name, conformanceNetwork(entry), optimize);
      const estimate = predicted(table, counts);
      console.log(
        `  ${name}: counted ${Math.round(cost).toLocaleString("en-US")}, estimated ${Math.round(estimate).toLocaleString("en-US")}: ${percent(estimate / cost - 1)}`,
      );
    }
  }
  return Object.fromEntries(
    [...CLASSES, "inference"].map((name, index) => [name, Number((table[index] ?? 0).toFixed(2))]),
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const tables: Record<string, Record<string, Record<string, number>>> = structuredClone(COST_TABLES);
for (const runtime of RUNTIMES) {
  const target = runtime.build.target ?? "";
  if (runtime.bare || !isInstalled(runtime) || NOT_FITTED.includes(runtime.name)) continue;
  if (wanted.length > 0 && !wanted.includes(runtime.name)) continue;
  tables[target] = { ...tables[target], "x86-64": await fittedTable(runtime) };
}
const text = `/** Written by \`npm run fit:costs -- --write\`: processor instructions by target, processor and instruction class. */

export const COST_TABLES: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>> =
  ${JSON.stringify(tables, null, 2)};
`;
if (process.argv.includes("--write")) writeFileSync(TABLES, text);
else console.log(text);
