/** Reads a finished module as a structure that can be analysed: sections, functions, and what they export. */

import { Cursor } from "../build/wasm_bytes.ts";

export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  memory: 5,
  global: 6,
  export: 7,
  code: 10,
  data: 11,
} as const;

export interface Signature {
  readonly parameters: number;
  readonly results: number;
}

export interface FunctionBody {
  readonly signature: Signature;
  /** Locals, without parameters. */
  readonly locals: number;
  /** Where the body starts (its declarations of locals), its first instruction, and behind its last. */
  readonly start: number;
  readonly code: number;
  readonly end: number;
}

export interface Section {
  readonly id: number;
  /** Where its content starts and ends. */
  readonly start: number;
  readonly end: number;
}

export interface Export {
  readonly name: string;
  /** 0: a function, 1: a table, 2: a memory, 3: a global. */
  readonly kind: number;
  readonly index: number;
}

export interface ModuleShape {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
  readonly functions: readonly FunctionBody[];
  readonly exports: readonly Export[];
  readonly imports: number;
  readonly globals: number;
  /** Pages at first and at most. */
  readonly memory: { readonly initial: number; readonly maximum: number | undefined };
  /** What memory holds at first, besides zeros. */
  readonly data: readonly DataSegment[];
}

export interface DataSegment {
  readonly address: number;
  readonly bytes: number;
}

const HEADER_BYTES = 8;

/** Reads a valid module. */
export function readModule(bytes: Uint8Array): ModuleShape {
  const sections: Section[] = [];
  const outer = new Cursor(bytes, HEADER_BYTES);
  while (outer.at < bytes.length) {
    const id = outer.number();
    const length = outer.number();
    sections.push({ id, start: outer.at, end: outer.at + length });
    outer.at += length;
  }
  const open = (id: number) => {
    const section = sections.find((entry) => entry.id === id);
    return section && new Cursor(bytes, section.start);
  };
  const list = <T>(id: number, read: (cursor: Cursor) => T): T[] => {
    const cursor = open(id);
    return cursor ? Array.from({ length: cursor.number() }, () => read(cursor)) : [];
  };
  const types = list(SECTION.type, readSignature);
  const ofFunctions = list(SECTION.function, (cursor) => types[cursor.number()]);
  let position = 0;
  return {
    bytes,
    sections,
    functions: list(SECTION.code, (cursor) => {
      const signature = ofFunctions[position++] ?? { parameters: 0, results: 0 };
      return readBody(cursor, signature);
    }),
    exports: list(SECTION.export, (cursor) => ({
      name: cursor.text(),
      kind: cursor.byte(),
      index: cursor.number(),
    })),
    imports: open(SECTION.import)?.number() ?? 0,
    globals: open(SECTION.global)?.number() ?? 0,
    memory: list(SECTION.memory, readLimits)[0] ?? { initial: 0, maximum: 0 },
    data: list(SECTION.data, readData).filter((segment) => segment !== undefined),
  };
}

function readSignature(cursor: Cursor): Signature {
  cursor.byte();
  const parameters = cursor.number();
  cursor.at += parameters;
  const results = cursor.number();
  cursor.at += results;
  return { parameters, results };
}

function readLimits(cursor: Cursor): { initial: number; maximum: number | undefined } {
  const flags = cursor.byte();
  const initial = cursor.number();
  return { initial, maximum: flags & 1 ? cursor.number() : undefined };
}

/** An active segment at a constant address; `undefined`: a passive one. */
function readData(cursor: Cursor): DataSegment | undefined {
  const PASSIVE = 1;
  const mode = cursor.number();
  let address: number | undefined;
  if (mode !== PASSIVE) {
    cursor.byte();
    address = cursor.signedNumber();
    cursor.byte();
  }
  const bytes = cursor.number();
  cursor.at += bytes;
  return address === undefined ? undefined : { address, bytes };
}

function readBody(cursor: Cursor, signature: Signature): FunctionBody {
  const length = cursor.number();
  const start = cursor.at;
  const end = start + length;
  let locals = 0;
  for (let groups = cursor.number(); groups > 0; groups--) {
    locals += cursor.number();
    cursor.byte();
  }
  const code = cursor.at;
  cursor.at = end;
  return { signature, locals, start, code, end };
}
