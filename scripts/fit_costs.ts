/**
 * Fits what an instruction of each class costs on a processor: instructions of the host (callgrind) and of a Cortex-M4 (QEMU) of
 * one inference of many networks, against their counts by class. Prints the error for each reference network of a table that was
 * fitted without it; with --write, writes codegen/plan/cost_tables.ts, fitted on all.
 * Usage: npm run fit:costs [-- --write] [-- --observations FILE] [-- TARGET…]. FILE holds what was observed, a line each: what it
 * has is not run again, and what is new is added, so that an hour's work survives an interruption. Needs valgrind, tests/runtimes/install.sh, what `.ci/run` installs for
 * QEMU, and the conformance set. What is not installed keeps its table.
 */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
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
/** Networks of several layers, of many kinds. */
const LARGER = [
  ...["mlp", "dense_big", "tiny_cnn", "inception_block", "mobilenet_v3_block", "unet_small", "se_block"],
  ...["dense_relu6", "i4_mlp"],
];
/** Every so many of the conformance set's other small networks is fitted on. */
const EACH = 12;

const { values, positionals } = parseArgs({
  options: { write: { type: "boolean" }, observations: { type: "string" } },
  allowPositionals: true,
});

interface Fitted {
  readonly name: string;
  readonly network: Network;
  readonly builds: readonly string[];
}

function networksToFit(): Fitted[] {
  const all = conformanceCases();
  const named = (names: readonly string[]) =>
    all
      .filter(({ name }) => names.includes(name))
      .map((entry) => ({
        name: entry.name,
        network: conformanceNetwork(entry),
        builds: ["size", "balanced"],
      }));
  const small = all
    .filter(
      ({ name, model }) => !REFERENCE.includes(name) && !/_taps$/.test(name) && model.endsWith(".tflite"),
    )
    .filter(({ name }, index) => index % EACH === 0 && !LARGER.includes(name))
    .map((entry) => ({ name: entry.name, network: conformanceNetwork(entry), builds: ["balanced"] }));
  const own = OWN_MODELS.map((name) => ({ name, network: ownModel(name), builds: ["size", "speed"] }));
  return [...named(REFERENCE), ...own, ...small, ...named(LARGER)].filter(
    ({ network }) => !network.inSequence,
  );
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
  const observations = (await observationsAt(place)).filter(({ cost }) => cost >= place.leastCost);
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

async function observationsAt(place: Place): Promise<Observation[]> {
  const { target, processor } = place;
  const observations: Observation[] = [];
  const known = new Map(
    recorded().flatMap((entry) =>
      entry.target === target && entry.processor === processor
        ? [[`${entry.network} ${entry.optimize}`, entry]]
        : [],
    ),
  );
  for (const { name, network, builds } of networksToFit()) {
    for (const optimize of builds) {
      const before = known.get(`${name} ${optimize}`);
      const found = before ?? (await place.observe(network, name, optimize));
      if (!found) continue;
      observations.push(found);
      if (!before && values.observations) {
        appendFileSync(values.observations, `${JSON.stringify({ target, processor, ...found })}\n`);
      }
    }
  }
  return observations;
}

type Recorded = Observation & Pick<Place, "target" | "processor">;

/** What the file of observations holds. */
function recorded(): Recorded[] {
  if (!values.observations || !existsSync(values.observations)) return [];
  const lines = readFileSync(values.observations, "utf8")
    .split("\n")
    .filter((line) => line !== "");
  return lines.map((line): Recorded => JSON.parse(line));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

const tables: Record<string, Record<string, CostTable>> = structuredClone(COST_TABLES);
for (const place of placesHere()) {
  const { target, processor } = place;
  if (positionals.length > 0 && !positionals.includes(target)) continue;
  tables[target] = { ...tables[target], [processor]: await tableOf(place) };
  // After each place, so that what was found survives an interruption.
  if (values.write) writeFileSync(TABLES, source());
}
if (!values.write) console.log(source());

function source(): string {
  return `/** Written by \`npm run fit:costs -- --write\`: processor instructions by target, processor and instruction class. */

export const COST_TABLES: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>> =
  ${JSON.stringify(tables, null, 2)};
`;
}
