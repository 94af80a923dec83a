/** Reads what a finished module is made of: its sections, its functions' sizes and names (WebAssembly 1.0, binary format). */

import { Cursor } from "./wasm_bytes.ts";

export interface FunctionSize {
  /** From the name section; empty without one. */
  readonly name: string;
  /** Bytes of the body, its length prefix included. */
  readonly bytes: number;
}

export interface ModuleSizes {
  /** Bytes of each section by its number, headers included; custom sections under 0. */
  readonly sections: ReadonlyMap<number, number>;
  readonly functions: readonly FunctionSize[];
}

const CUSTOM = 0;
const IMPORT = 2;
const CODE = 10;
const HEADER_BYTES = 8;

/** Measures a valid module without imported functions, as this package builds them. */
export function measureModule(wasm: Uint8Array): ModuleSizes {
  const sections = new Map<number, number>();
  const bodies: number[] = [];
  const names = new Map<number, string>();
  const cursor = new Cursor(wasm, HEADER_BYTES);
  while (cursor.at < wasm.length) {
    const start = cursor.at;
    const id = cursor.number();
    const length = cursor.number();
    const end = cursor.at + length;
    sections.set(id, (sections.get(id) ?? 0) + end - start);
    if (id === IMPORT) throw new RangeError("a module of ours has no imports");
    if (id === CODE) {
      for (let count = cursor.number(); count > 0; count--) {
        const bodyStart = cursor.at;
        const body = cursor.number();
        cursor.at += body;
        bodies.push(cursor.at - bodyStart);
      }
    }
    if (id === CUSTOM && cursor.text() === "name") readFunctionNames(cursor, end, names);
    cursor.at = end;
  }
  return { sections, functions: bodies.map((bytes, index) => ({ name: names.get(index) ?? "", bytes })) };
}

/** Subsection 1 of the name section: function index and name. */
function readFunctionNames(cursor: Cursor, end: number, names: Map<number, string>): void {
  while (cursor.at < end) {
    const id = cursor.number();
    const length = cursor.number();
    const next = cursor.at + length;
    if (id === 1) {
      for (let count = cursor.number(); count > 0; count--) {
        const index = cursor.number();
        names.set(index, cursor.text());
      }
    }
    cursor.at = next;
  }
}
