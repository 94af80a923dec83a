/**
 * Fits what an instruction of each class costs on a processor: instructions of the host (callgrind) and of a Cortex-M4 (QEMU) of
 * one inference of many networks, against their counts by class. Prints the error for each reference network of a table that was
 * fitted without it; with --write, writes codegen/plan/cost_tables.ts, fitted on all.
 * Usage: npm run fit:costs [-- --write] [-- TARGET…]. Needs valgrind, tests/runtimes/install.sh, what `.ci/run` installs for
 * QEMU, and the conformance set. What is not installed keeps its table.
 */

import { writeFileSync } from "node:fs";
import { CLASSES, type Counts } from "../codegen/count/instructions.ts";
import { COST_TABLES } from "../codegen/plan/cost_tables.ts";
import { type CostTable, estimate } from "../codegen/plan/costs.ts";
import { conformanceCases, conformanceNetwork } from "../tests/conformance/conformance.ts";
import type { Network } from "../tests/golden.ts";
import { OWN_MODELS, ownModel } from "../tests/networks.ts";
import { type Observation, type Place, placesHere } from "./cost_observations.ts";
import { leastRelativeSquares } from "./least_squares.ts";

const TABLES = new URL("../codegen/plan/cost_tables.ts", import.meta.url);
/** Networks for each of which the error of a table without it is printed. */
const REFERENCE = ["hello_world_int8", "kws_ref_model", "ad01_int8", "pretrainedResnet_quant", "vww_96_int8"];
/** Every so many of the conformance set's other small networks is fitted on. */
const EACH = 12;

interface Fitted {
  readonly name: string;
  readonly network: Network;
  readonly builds: readonly string[];
}

function networksToFit(): Fitted[] {
  const cases = conformanceCases().map((entry) => ({ ...entry, reference: REFERENCE.includes(entry.name) }));
  const small = cases
    .filter(({ name, model, reference }) => !reference && !/_taps$/.test(name) && model.endsWith(".tflite"))
    .filter((_, index) => index % EACH === 0)
    .map((entry) => ({ name: entry.name, network: conformanceNetwork(entry), builds: ["balanced"] }));
  const reference = cases
    .filter((entry) => entry.reference)
    .map((entry) => ({ name: entry.name, network: conformanceNetwork(entry), builds: ["size", "balanced"] }));
  const own = OWN_MODELS.map((name) => ({ name, network: ownModel(name), builds: ["size", "speed"] }));
  return [...reference, ...own, ...small].filter(({ network }) => !network.inSequence);
}

function fitted(observations: readonly Observation[]): CostTable {
  const constants = leastRelativeSquares(
    observations.map(({ counts }) => [...CLASSES.map((name) => counts[name] ?? 0), 1]),
    observations.map(({ cost }) => cost),
  );
  return Object.fromEntries(
    [...CLASSES, "inference"].map((name, index) => [name, Number((constants[index] ?? 0).toFixed(2))]),
  );
}

/** The estimate's error, as a share of what was counted. */
function errorOf(table: CostTable, { counts, cost }: { counts: Counts; cost: number }): number {
  return estimate(table, counts, 1) / cost - 1;
}

async function tableOf(place: Place): Promise<CostTable> {
  const observations: Observation[] = [];
  for (const { name, network, builds } of networksToFit()) {
    for (const optimize of builds) {
      const found = await place.observe(network, name, optimize);
      if (found) observations.push(found);
    }
  }
  const table = fitted(observations);
  const errors = observations.map((entry) => Math.abs(errorOf(table, entry))).sort((a, b) => a - b);
  const part = (share: number) => percent(errors[Math.floor(errors.length * share)] ?? 0);
  console.log(
    `${place.target} on ${place.processor}: fitted on ${observations.length} builds, median error ${part(0.5)}, 9 of 10 within ${part(0.9)}`,
  );
  for (const name of REFERENCE) {
    const without = fitted(observations.filter(({ network }) => network !== name));
    for (const entry of observations.filter(({ network }) => network === name)) {
      const { optimize, counts, cost } = entry;
      const estimated = Math.round(estimate(without, counts, 1)).toLocaleString("en-US");
      console.log(
        `  without ${name}, ${optimize}: counted ${cost.toLocaleString("en-US")}, estimated ${estimated}: ${percent(errorOf(without, entry))}`,
      );
    }
  }
  return table;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const wanted = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const tables: Record<string, Record<string, CostTable>> = structuredClone(COST_TABLES);
for (const place of placesHere()) {
  const { target, processor } = place;
  if (wanted.length > 0 && !wanted.includes(target)) continue;
  tables[target] = { ...tables[target], [processor]: await tableOf(place) };
  // After each place, so that what was found survives an interruption.
  if (process.argv.includes("--write")) writeFileSync(TABLES, source());
}
if (!process.argv.includes("--write")) console.log(source());

function source(): string {
  return `/** Written by \`npm run fit:costs -- --write\`: processor instructions by target, processor and instruction class. */

export const COST_TABLES: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>> =
  ${JSON.stringify(tables, null, 2)};
`;
}
