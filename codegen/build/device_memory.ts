/** Lets a device give a module less linear memory than whole pages of 64 KiB, in the way that the target's runtime knows. */

import type binaryen from "binaryen";
import { alignUp } from "../graph/align.ts";
import { HEAP_ALIGN } from "../plan/linear_memory.ts";
import { Cursor, leb, sectionOf } from "./wasm_bytes.ts";

const MEMORY_SECTION = 5;
const HEADER_BYTES = 8;

/**
 * Exports `__data_end` and `__heap_base`, immutable, at which WAMR cuts the memory of a module that never grows it. Its older
 * versions do so only where the module also has a mutable i32 below, a stack pointer, which here nobody uses.
 */
export function exportHeapBase(b: typeof binaryen, module: binaryen.Module, bytes: number): void {
  const end = alignUp(bytes, HEAP_ALIGN);
  module.addGlobal("__stack_pointer", b.i32, true, module.i32.const(end));
  for (const name of ["__data_end", "__heap_base"]) {
    module.addGlobal(name, b.i32, false, module.i32.const(end));
    module.addGlobalExport(name, name);
  }
}

/** The module with a memory of exactly `bytes` pages of one byte (custom page sizes proposal: flag 8, then log2 of the size). */
export function withBytePages(wasm: Uint8Array, bytes: number): Uint8Array {
  const MAXIMUM = 1;
  const PAGE_SIZE = 8;
  const memory = [1, MAXIMUM | PAGE_SIZE, ...leb(bytes), ...leb(bytes), 0];
  const cursor = new Cursor(wasm, HEADER_BYTES);
  while (cursor.at < wasm.length) {
    const start = cursor.at;
    const id = cursor.number();
    const length = cursor.number();
    cursor.at += length;
    if (id !== MEMORY_SECTION) continue;
    return Uint8Array.from([
      ...wasm.subarray(0, start),
      ...sectionOf(id, memory),
      ...wasm.subarray(cursor.at),
    ]);
  }
  throw new RangeError("a module of ours has a memory");
}
