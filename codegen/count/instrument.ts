/**
 * Makes of a module one that counts: a counter for each straight piece of code, and a call of the import `mote.mark` before
 * and after each layer. What it counts is the module as it is, not what a compiler would make of it again.
 */

import { Cursor, leb, sectionOf, textBytes } from "../build/wasm_bytes.ts";
import { type Counts, decode, type Instruction, OP } from "./instructions.ts";
import { type FunctionBody, type ModuleShape, SECTION } from "./module.ts";

/** A piece of code that is run from its first to its last instruction, or not at all. */
export interface Segment {
  readonly function: number;
  readonly counts: Counts;
}

export interface Instrumented {
  readonly wasm: Uint8Array;
  /** Segment i is counted in the exported global `count_i`. */
  readonly segments: readonly Segment[];
}

/** What is changed besides counting. */
export interface Changes {
  /** Exported as `name`, each an i32 that can be written. */
  readonly globals: readonly { readonly name: string; readonly value: number }[];
  /** Types of locals that every function gets behind its own. */
  readonly locals: readonly number[];
  /** Code that is put before the instruction at a position, or takes its place. */
  edit(position: number, instruction: Instruction, indices: ChangedIndices): Edit | undefined;
}

/** Indices of the first added local and global. */
export interface ChangedIndices {
  readonly local: number;
  readonly global: number;
}

export interface Edit {
  readonly code: readonly number[];
  readonly replaces: boolean;
}

const NO_CHANGES: Changes = { globals: [], locals: [], edit: () => undefined };

/** What `mark` is told after a layer. */
export const OUTSIDE = -1;

export const I32 = 0x7f;
export const I64 = 0x7e;
export const F32 = 0x7d;
export const F64 = 0x7c;
/** The function index of the import; all others move up by one. */
const MARK = 0;

/** `marked`: functions whose calls are told to `mark`, by index. */
export function instrument(
  module: ModuleShape,
  marked: ReadonlySet<number>,
  changes: Changes = NO_CHANGES,
): Instrumented {
  const segments: Segment[] = [];
  const bodies = module.functions.map((_, index) => countingBody(module, index, marked, changes, segments));
  const markType = sectionContent(module, SECTION.type);
  const types = new Cursor(markType, 0);
  const typeCount = types.number();
  const wasm: number[] = [...module.bytes.subarray(0, 8)];
  const add = (id: number, content: readonly number[]) => {
    for (const byte of sectionOf(id, content)) wasm.push(byte);
  };
  add(SECTION.type, [...leb(typeCount + 1), ...markType.subarray(types.at), 0x60, 1, I32, 0]);
  add(SECTION.import, [1, ...textBytes("mote"), ...textBytes("mark"), 0, ...leb(typeCount)]);
  for (const { id, start, end } of module.sections) {
    if (id === SECTION.custom || id === SECTION.type || id === SECTION.global) continue;
    if (id === SECTION.export) {
      add(SECTION.global, globalSection(module, changes, segments.length));
      add(SECTION.export, exportSection(module, changes, segments.length));
    } else if (id === SECTION.code) {
      add(SECTION.code, [...leb(bodies.length), ...bodies.flatMap((body) => [...leb(body.length), ...body])]);
    } else add(id, [...module.bytes.subarray(start, end)]);
  }
  return { wasm: Uint8Array.from(wasm), segments };
}

function sectionContent({ bytes, sections }: ModuleShape, id: number): Uint8Array {
  const section = sections.find((entry) => entry.id === id);
  return section ? bytes.subarray(section.start, section.end) : Uint8Array.of(0);
}

function globalSection(module: ModuleShape, { globals }: Changes, counters: number): number[] {
  const old = sectionContent(module, SECTION.global);
  const cursor = new Cursor(old, 0);
  const count = cursor.number();
  const zero = [I64, 1, 0x42, 0, OP.end];
  return [
    ...leb(count + globals.length + counters),
    ...old.subarray(cursor.at),
    ...globals.flatMap(({ value }) => [I32, 1, OP.i32Const, ...signedLeb(value), OP.end]),
    ...Array.from({ length: counters }, () => zero).flat(),
  ];
}

function exportSection({ exports, globals }: ModuleShape, changes: Changes, counters: number): number[] {
  const all = [
    ...exports.map(({ name, kind, index }) => ({ name, kind, index: kind === 0 ? index + 1 : index })),
    ...changes.globals.map(({ name }, index) => ({ name, kind: 3, index: globals + index })),
    ...Array.from({ length: counters }, (_, index) => ({
      name: `count_${index}`,
      kind: 3,
      index: globals + changes.globals.length + index,
    })),
  ];
  return [
    ...leb(all.length),
    ...all.flatMap(({ name, kind, index }) => [...textBytes(name), kind, ...leb(index)]),
  ];
}

/** Whether another piece of code starts behind an instruction. */
export function endsSegment({ opcode }: Instruction): boolean {
  switch (opcode) {
    case OP.unreachable:
    case OP.loop:
    case OP.if:
    case OP.else:
    case OP.end:
    case OP.br:
    case OP.brIf:
    case OP.brTable:
    case OP.return:
      return true;
    default:
      return false;
  }
}

/** Of each function, the number of its first segment. */
export function firstSegments(module: ModuleShape): number[] {
  let segments = 0;
  return module.functions.map(({ code, end }) => {
    const first = segments++;
    const cursor = new Cursor(module.bytes, code);
    while (cursor.at < end) if (endsSegment(decode(cursor)) && cursor.at < end) segments++;
    return first;
  });
}

/** The body of a function with counters; its segments are added to `segments`. */
function countingBody(
  module: ModuleShape,
  index: number,
  marked: ReadonlySet<number>,
  changes: Changes,
  segments: Segment[],
): number[] {
  const body = module.functions[index];
  if (!body) throw new RangeError(`no function ${index}`);
  const { bytes, globals } = module;
  const out: number[] = declarations(module, body, changes);
  const indices = { local: body.signature.parameters + body.locals, global: globals };
  let counts: Record<string, number> = {};
  const begin = () => {
    counts = {};
    const counter = leb(globals + changes.globals.length + segments.length);
    out.push(OP.globalGet, ...counter, 0x42, 1, 0x7c, OP.globalSet, ...counter);
    segments.push({ function: index, counts });
  };
  const mark = (value: number) => out.push(0x41, ...signedLeb(value), OP.call, MARK);
  begin();
  const cursor = new Cursor(bytes, body.code);
  while (cursor.at < body.end) {
    const start = cursor.at;
    const instruction = decode(cursor);
    if (instruction.class) counts[instruction.class] = (counts[instruction.class] ?? 0) + 1;
    const edit = changes.edit(start, instruction, indices);
    if (edit) out.push(...edit.code);
    if (instruction.opcode === OP.call) {
      const isMarked = marked.has(instruction.index);
      if (isMarked) mark(instruction.index);
      out.push(OP.call, ...leb(instruction.index + 1));
      if (isMarked) mark(OUTSIDE);
    } else if (!edit?.replaces) for (let at = start; at < cursor.at; at++) out.push(bytes[at] ?? 0);
    if (endsSegment(instruction) && cursor.at < body.end) begin();
  }
  return out;
}

/** The declarations of a body's locals, with those that are added. */
function declarations({ bytes }: ModuleShape, { start, code }: FunctionBody, { locals }: Changes): number[] {
  const cursor = new Cursor(bytes, start);
  const groups = cursor.number();
  const added = locals.flatMap((type) => [1, type]);
  return [...leb(groups + locals.length), ...bytes.subarray(cursor.at, code), ...added];
}

/** A signed LEB128 number of 32 bits. */
export function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && !(low & 0x40)) || (rest === -1 && low & 0x40)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}
