/**
 * A reader of FlatBuffers that trusts nothing: every offset and length is checked against the file before use
 * (https://flatbuffers.dev/internals/).
 */

import { MoteError } from "../error.ts";

/** A table of the file: an address and its vtable. */
export interface Table {
  readonly at: number;
  readonly vtable: number;
  readonly vtableBytes: number;
}

/** Little-endian scalars that a field can hold. */
export type Scalar = "bool" | "int8" | "uint8" | "int32" | "uint32" | "int64" | "uint64" | "float32";

const SCALAR_BYTES: Readonly<Record<Scalar, number>> = {
  bool: 1,
  int8: 1,
  uint8: 1,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
};

/** No vector of tables in a network comes near this; it bounds what a hostile file can make us do. */
const MAX_TABLES = 100_000;

export class FlatBuffer {
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    readonly file: string,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Refuses the file: at byte `at`, `problem`. */
  fail(at: number, problem: string): never {
    throw new MoteError(
      "bad-file",
      this.file,
      `byte ${at}: ${problem}. The file may be damaged; re-export it.`,
    );
  }

  /** The table that the file starts with. */
  root(): Table {
    return this.#table(this.#follow(0, "the root table"));
  }

  /** Field `id` as a number; `fallback` where the table leaves it out. 64-bit numbers from 2^53 on are refused. */
  scalar(table: Table, id: number, type: Scalar, fallback: number): number {
    const at = this.#field(table, id, SCALAR_BYTES[type]);
    return at === undefined ? fallback : this.#scalarAt(at, type);
  }

  /** Field `id` as a table; `undefined` where it is left out. */
  table(table: Table, id: number): Table | undefined {
    const at = this.#field(table, id, 4);
    return at === undefined ? undefined : this.#table(this.#follow(at, "a table"));
  }

  /** Field `id` as UTF-8 text; empty where it is left out. */
  text(table: Table, id: number): string {
    const bytes = this.vectorBytes(table, id, 1);
    return bytes ? new TextDecoder().decode(bytes.bytes) : "";
  }

  /** Field `id` as a vector of scalars; `undefined` where it is left out. */
  numbers(table: Table, id: number, type: Scalar): number[] | undefined {
    const vector = this.vectorBytes(table, id, SCALAR_BYTES[type]);
    if (!vector) return undefined;
    return Array.from({ length: vector.count }, (_, index) =>
      this.#scalarAt(vector.at + index * SCALAR_BYTES[type], type),
    );
  }

  /** Field `id` as a vector of tables; empty where it is left out. */
  tables(table: Table, id: number): Table[] {
    const vector = this.vectorBytes(table, id, 4);
    if (!vector) return [];
    if (vector.count > MAX_TABLES)
      this.fail(vector.at, `expected at most ${MAX_TABLES} entries, found ${vector.count}`);
    return Array.from({ length: vector.count }, (_, index) =>
      this.#table(this.#follow(vector.at + index * 4, "a table of a vector")),
    );
  }

  /** The elements of vector `id` as bytes, without a copy. */
  vectorBytes(
    table: Table,
    id: number,
    elementBytes: number,
  ): { readonly at: number; readonly count: number; readonly bytes: Uint8Array } | undefined {
    const field = this.#field(table, id, 4);
    if (field === undefined) return undefined;
    const start = this.#follow(field, "a vector");
    this.#check(start, 4, "the length of a vector");
    const count = this.#view.getUint32(start, true);
    this.#check(start + 4, count * elementBytes, `a vector of ${count} elements`);
    return { at: start + 4, count, bytes: this.bytes.subarray(start + 4, start + 4 + count * elementBytes) };
  }

  #check(at: number, length: number, what: string): void {
    if (at < 0 || at + length > this.bytes.length) {
      this.fail(at, `expected ${what} of ${length} bytes, but the file ends at byte ${this.bytes.length}`);
    }
  }

  #scalarAt(at: number, type: Scalar): number {
    switch (type) {
      case "bool":
      case "uint8":
        return this.#view.getUint8(at);
      case "int8":
        return this.#view.getInt8(at);
      case "int32":
        return this.#view.getInt32(at, true);
      case "uint32":
        return this.#view.getUint32(at, true);
      case "float32":
        return this.#view.getFloat32(at, true);
      case "int64":
      case "uint64": {
        const value = type === "int64" ? this.#view.getBigInt64(at, true) : this.#view.getBigUint64(at, true);
        if (!Number.isSafeInteger(Number(value)))
          this.fail(at, `expected a number below 2^53, found ${value}`);
        return Number(value);
      }
    }
  }

  /** Follows the unsigned offset stored at `at`. */
  #follow(at: number, what: string): number {
    this.#check(at, 4, `an offset to ${what}`);
    const offset = this.#view.getUint32(at, true);
    const target = at + offset;
    if (offset === 0 || target >= this.bytes.length) {
      this.fail(at, `expected an offset to ${what} inside ${this.bytes.length} bytes, found ${offset}`);
    }
    return target;
  }

  #table(at: number): Table {
    this.#check(at, 4, "a table");
    const vtable = at - this.#view.getInt32(at, true);
    this.#check(vtable, 4, "a vtable");
    const vtableBytes = this.#view.getUint16(vtable, true);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0)
      this.fail(vtable, `expected a vtable of at least 4 bytes, found ${vtableBytes}`);
    this.#check(vtable, vtableBytes, "a vtable");
    return { at, vtable, vtableBytes };
  }

  /** Address of field `id`, or `undefined` where the table leaves it out. */
  #field(table: Table, id: number, bytes: number): number | undefined {
    const slot = 4 + id * 2;
    if (slot + 2 > table.vtableBytes) return undefined;
    const offset = this.#view.getUint16(table.vtable + slot, true);
    if (offset === 0) return undefined;
    this.#check(table.at + offset, bytes, "a field");
    return table.at + offset;
  }
}
