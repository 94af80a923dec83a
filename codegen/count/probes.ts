/**
 * Runs a module with probes in its code: which addresses it touches and which closed operands it uses, while open values take
 * no part. What an open value decides is decided the same way throughout a run, so that some run goes everywhere.
 */

import { leb } from "../build/wasm_bytes.ts";
import { type Instruction, OP, VOID } from "./instructions.ts";
import {
  type ChangedIndices,
  type Changes,
  type Edit,
  F32,
  F64,
  I32,
  I64,
  instrument,
  type Segment,
} from "./instrument.ts";
import type { ModuleShape } from "./module.ts";
import type { Range } from "./ranges.ts";
import type { Site } from "./values.ts";

/** How decisions fall in a run: at ifs without an else, with one, and at conditional branches. */
const RUNS = [
  [1, 1, 0],
  [1, 0, 0],
  [1, 1, 1],
  [1, 0, 1],
] as const;
const DECISIONS = ["decide_if", "decide_otherwise", "decide_branch"] as const;

/** What a run did: how often each segment ran in `reset` and `invoke` together, and in `invoke` alone. */
export interface Run {
  readonly all: readonly number[];
  readonly invoke: readonly number[];
}

export interface Observation {
  readonly segments: readonly Segment[];
  /** None where a run stopped by a trap. */
  readonly runs: readonly Run[];
  /**
   * By position: addresses of closed accesses without their offsets, the ends of what memory.init writes, closed operands of
   * mixed operations; of all runs. Absent where none came by.
   */
  readonly found: ReadonlyMap<number, Range>;
}

const I32_ADD = 0x6a;
/** Types of the locals that probes keep operands in. */
const LOCALS: readonly number[] = [I32, I32, I32, I32, I64, F32, F64];

export function observe(module: ModuleShape, sites: ReadonlyMap<number, Site>): Observation {
  const probed = [...sites].filter(([, site]) => isProbed(site));
  const places = new Map(probed.map(([position], index) => [position, DECISIONS.length + 2 * index]));
  const changes: Changes = {
    globals: [
      ...DECISIONS.map((name) => ({ name, value: 0 })),
      ...probed.flatMap(([position, { kind }]) => {
        const [low, high] = kind === "mixed" ? [2 ** 31 - 1, -(2 ** 31)] : [-1, 0];
        return [
          { name: `low_${position}`, value: low },
          { name: `high_${position}`, value: high },
        ];
      }),
    ],
    locals: LOCALS,
    edit: (position, instruction, indices) => {
      const site = sites.get(position);
      return site && editOf(site, instruction, indices, places.get(position) ?? 0);
    },
  };
  // A decision's place is that of its global; the ranges follow.
  const { wasm, segments } = instrument(module, new Set(), changes);
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)), {
    mote: { mark: () => {} },
  });
  const global = (name: string) => instance.exports[name] as WebAssembly.Global;
  const runs = RUNS.flatMap((decisions) => {
    DECISIONS.forEach((name, index) => {
      global(name).value = decisions[index];
    });
    return runOnce(instance, segments.length) ?? [];
  });
  const found = new Map<number, Range>();
  for (const [position, { kind }] of probed) {
    const of = (name: string): number => global(`${name}_${position}`).value;
    const [low, high] = kind === "mixed" ? [of("low"), of("high")] : [of("low") >>> 0, of("high") >>> 0];
    if (low <= high) found.set(position, { low, high });
  }
  return { segments, runs: runs.length < RUNS.length ? [] : runs, found };
}

function runOnce({ exports }: WebAssembly.Instance, segments: number): Run | undefined {
  const counters = Array.from(
    { length: segments },
    (_, index) => exports[`count_${index}`] as WebAssembly.Global,
  );
  const read = () => counters.map(({ value }) => Number(value));
  const before = read();
  try {
    if (exports.reset) (exports.reset as () => void)();
    const between = read();
    (exports.invoke as () => void)();
    const after = read();
    const since = (start: readonly number[]) => after.map((count, index) => count - (start[index] ?? 0));
    return { all: since(before), invoke: since(between) };
  } catch (error) {
    // A trap, or a stack that overflows.
    if (error instanceof WebAssembly.RuntimeError || error instanceof RangeError) return undefined;
    throw error;
  }
}

function isProbed(site: Site): boolean {
  if (site.kind === "access") return !site.address.open;
  return site.kind === "mixed" || (site.kind === "init" && !site.open);
}

const get = (index: number) => [OP.localGet, ...leb(index)];
const set = (index: number) => [OP.localSet, ...leb(index)];

/** `place`: of the site's two globals among those that are added. */
function editOf(
  site: Site,
  { opcode }: Instruction,
  { local, global }: ChangedIndices,
  place: number,
): Edit | undefined {
  const [first, second, third, fourth] = [0, 1, 2, 3].map((index) => local + index) as [
    number,
    number,
    number,
    number,
  ];
  const record = (signed: boolean) => recording(first, global + place, signed);
  const before = (...code: readonly (readonly number[])[]): Edit => ({ code: code.flat(), replaces: false });
  switch (site.kind) {
    case "decision":
      return before([OP.drop, OP.globalGet, ...leb(global + decisionAt(opcode, site.otherwise))]);
    case "access": {
      if (site.address.open && site.store) return { code: [OP.drop, OP.drop], replaces: true };
      if (site.address.open) return before([OP.drop, OP.i32Const, 0]);
      if (!site.store) return before(set(first), record(false), get(first));
      const value = local + storedIn(opcode);
      return before(set(value), set(first), record(false), get(first), get(value));
    }
    case "init": {
      if (site.open) return { code: [OP.drop, OP.drop, OP.drop], replaces: true };
      const [to, from, bytes] = [fourth, third, second];
      const end = [...get(to), ...get(bytes), I32_ADD, ...set(first)];
      return before(set(bytes), set(from), set(to), end, record(false), get(to), get(from), get(bytes));
    }
    case "mixed":
      return site.closed === "upper"
        ? before(set(first), record(true), get(first))
        : before(set(second), set(first), record(true), get(first), get(second));
    case "hazard":
      return before([OP.drop, ...harmless(opcode)]);
  }
}

function decisionAt(opcode: number, otherwise: boolean): number {
  if (opcode === OP.brIf) return DECISIONS.indexOf("decide_branch");
  return DECISIONS.indexOf(otherwise ? "decide_otherwise" : "decide_if");
}

/** Widens the range in two globals by a local. */
function recording(local: number, low: number, signed: boolean): number[] {
  const [less, greater] = signed ? [0x48, 0x4a] : [0x49, 0x4b];
  const widen = (place: number, compare: number) => [
    ...[...get(local), OP.globalGet, ...leb(place), compare],
    ...[OP.if, VOID, ...get(local), OP.globalSet, ...leb(place), OP.end],
  ];
  return [...widen(low, less), ...widen(low + 1, greater)];
}

/** Which of the added locals takes what an instruction stores. */
function storedIn(opcode: number): number {
  switch (opcode) {
    case 0x36:
    case 0x3a:
    case 0x3b:
      return LOCALS.indexOf(I32) + 1;
    case 0x38:
      return LOCALS.indexOf(F32);
    case 0x39:
      return LOCALS.indexOf(F64);
    default:
      return LOCALS.indexOf(I64);
  }
}

/** A constant that a division can divide by, or that a float can be truncated from. */
function harmless(opcode: number): number[] {
  if (opcode >= 0x6d && opcode <= 0x70) return [OP.i32Const, 1];
  if (opcode >= 0x7f && opcode <= 0x82) return [OP.i64Const, 1];
  const double = opcode === 0xaa || opcode === 0xab || opcode === 0xb0 || opcode === 0xb1;
  return double ? [0x44, ...new Array<number>(8).fill(0)] : [0x43, ...new Array<number>(4).fill(0)];
}
