/**
 * What any input can make a module do at most: the instructions it executes, and the memory it touches.
 *
 * Everything loaded from memory, and what is computed from it or assigned where such a value decides, is **open**; all else
 * is **closed**, the same for every input: the rounds of loops and most addresses. What is closed is found by running the module
 * with probes (`probes.ts`), of open values only the range is known (`ranges.ts`). Code that no open value decides about runs as
 * often as it did. Code that one may skip runs at most as often as the piece that decided, if no loop lies in between; what
 * probes saw there holds where some run went there each time. A loop whose end an open value decides has no bound.
 *
 * Data that nothing writes is closed, too. Which loads read only such data is assumed at first and then checked: as long as
 * every input so far did what was found, no store has reached the data, and so the next load reads what it always reads.
 */

import { Cursor } from "../build/wasm_bytes.ts";
import { isLoad } from "./accesses.ts";
import { instructionsOf } from "./count.ts";
import { decode } from "./instructions.ts";
import { firstSegments } from "./instrument.ts";
import type { Knowledge } from "./knowledge.ts";
import type { ModuleShape } from "./module.ts";
import { OpenValues } from "./open_values.ts";
import { type Observation, observe } from "./probes.ts";
import { Reach } from "./reach.ts";
import { type Assumptions, type Site, UNKNOWN } from "./values.ts";

export interface Proof {
  /** The most instructions that `invoke` executes; `undefined` where no bound is proven. */
  readonly instructions: number | undefined;
  /** Indices of the functions that have no bound. */
  readonly open: readonly number[];
  /** Loads, stores and initial data stay below this address, in `reset` too; `undefined` where that is not proven. */
  readonly memoryEnd: number | undefined;
  /** Indices of the functions whose accesses have no bound. */
  readonly unconfined: readonly number[];
}

/** What the code says under some assumptions. */
export interface Analysis {
  readonly known: readonly Knowledge[];
  readonly walks: readonly OpenValues[];
  readonly sites: ReadonlyMap<number, Site>;
  readonly unbounded: readonly number[];
}

export function proofOf(module: ModuleShape): Proof {
  const constants = module.data.reduce((least, { address }) => Math.min(least, address), Infinity);
  return (
    proofWith(module, constants) ??
    proofWith(module, Infinity) ??
    unproven(module.functions.map((_, index) => index))
  );
}

function unproven(functions: readonly number[]): Proof {
  return { instructions: undefined, open: functions, memoryEnd: undefined, unconfined: functions };
}

/** `constants`: the address from which on nothing is written. `undefined` where something may be. */
function proofWith(module: ModuleShape, constants: number): Proof | undefined {
  let assumptions: Assumptions = {
    constantLoads: constants < Infinity ? loadsOf(module) : new Set(),
    found: new Map(),
  };
  for (;;) {
    const analysis = analyse(module, assumptions);
    if (analysis.unbounded.length > 0) return unproven(analysis.unbounded);
    const observation = observe(module, analysis.sites);
    const reach = new Reach(module, analysis, observation);
    const next = confirmed(assumptions, analysis, observation, reach, constants);
    if (sameAssumptions(assumptions, next))
      return conclude(module, analysis, observation, reach, constants, next);
    assumptions = next;
  }
}

function loadsOf(module: ModuleShape): Set<number> {
  const loads = new Set<number>();
  for (const { code, end } of module.functions) {
    const cursor = new Cursor(module.bytes, code);
    while (cursor.at < end) {
      const position = cursor.at;
      if (isLoad(decode(cursor).opcode)) loads.add(position);
    }
  }
  return loads;
}

/** Walks all functions that exports reach until nothing becomes more open. */
function analyse(module: ModuleShape, assumptions: Assumptions): Analysis {
  const known = module.functions.map(
    (): Knowledge => ({ parameters: undefined, result: undefined, optional: false, loops: new Map() }),
  );
  for (const { kind, index } of module.exports) {
    const [entry, body] = [known[index], module.functions[index]];
    if (kind === 0 && entry && body) {
      entry.parameters = new Array(body.signature.parameters).fill(UNKNOWN);
    }
  }
  const firsts = firstSegments(module);
  for (;;) {
    const walks = module.functions.map((_, index) => {
      const walk = new OpenValues(module, index, known, firsts[index] ?? 0, assumptions);
      walk.run();
      return walk;
    });
    if (walks.some(({ changed }) => changed)) continue;
    const sites = new Map(walks.flatMap((walk) => [...walk.sites]));
    const unbounded = walks.flatMap(({ index, unbounded }) => (unbounded ? [index] : []));
    return { known, walks, sites, unbounded };
  }
}

/** What the observation leaves of assumptions, and adds to them. */
function confirmed(
  { constantLoads }: Assumptions,
  { sites }: Analysis,
  { found }: Observation,
  reach: Reach,
  constants: number,
): Assumptions {
  const reads = (position: number) => {
    const [site, range] = [sites.get(position), found.get(position)];
    if (site?.kind !== "access" || site.address.open || !reach.covers(site.segment)) return false;
    // Without a range it never runs, whatever the input.
    return range === undefined || range.low + site.offset >= constants;
  };
  const mixed = [...found].filter(([position]) => {
    const site = sites.get(position);
    return site?.kind === "mixed" && reach.covers(site.segment);
  });
  return { constantLoads: new Set([...constantLoads].filter(reads)), found: new Map(mixed) };
}

function sameAssumptions(before: Assumptions, after: Assumptions): boolean {
  if (before.constantLoads.size !== after.constantLoads.size || before.found.size !== after.found.size)
    return false;
  return [...after.found].every(([position, { low, high }]) => {
    const other = before.found.get(position);
    return other?.low === low && other.high === high;
  });
}

/** `undefined` where stores may reach the constants that something reads as such. */
function conclude(
  module: ModuleShape,
  { sites }: Analysis,
  { segments, found }: Observation,
  reach: Reach,
  constants: number,
  { constantLoads }: Assumptions,
): Proof | undefined {
  const open = reach.openFunctions();
  const unconfined = new Set<number>();
  let memoryEnd = module.data.reduce((most, { address, bytes }) => Math.max(most, address + bytes), 0);
  let written = 0;
  for (const [position, site] of sites) {
    if (site.kind !== "access" && site.kind !== "init") continue;
    if (reach.neverRuns(site.segment)) continue;
    const end = endOf(site, found.get(position), reach.covers(site.segment));
    if (end === undefined) unconfined.add(site.function);
    memoryEnd = Math.max(memoryEnd, end ?? 0);
    if (site.kind === "init" || site.store) written = Math.max(written, end ?? Infinity);
  }
  if (constantLoads.size > 0 && written > constants) return undefined;
  const limits = segments.map((_, segment) => reach.limitOfInvoke(segment));
  return {
    instructions:
      open.length > 0
        ? undefined
        : segments.reduce(
            (sum, { counts }, segment) => sum + (limits[segment] ?? 0) * instructionsOf(counts),
            0,
          ),
    open,
    memoryEnd: unconfined.size > 0 ? undefined : memoryEnd,
    unconfined: [...unconfined],
  };
}

/** The first address that a site does not touch. */
function endOf(
  site: Site,
  found: { readonly high: number } | undefined,
  covered: boolean,
): number | undefined {
  if (site.kind === "access" && site.address.open) {
    const { low, high } = site.address;
    return low >= 0 && high < Infinity ? high + site.offset + site.bytes : undefined;
  }
  if (!covered) return undefined;
  if (site.kind === "access") return found && found.high + site.offset + site.bytes;
  return site.kind === "init" && !site.open ? found?.high : undefined;
}
