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

/** Little-endian scalars that a field can hold; `bool` reads as 0 or 1. */
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

/** A field of a table: its number in the schema, its type, and for scalars the value where it is left out. */
export interface Field<Type extends string> {
  readonly id: number;
  readonly type: Type;
  readonly default?: number;
}

/** No vector of tables in a network comes near this. */
const MAX_TABLES = 100_000;

/** Bytes of a text that are kept: names go into messages and reports. */
const MAX_TEXT = 256;

/** What opening a table counts for in the work limit, in bytes read. */
const TABLE_WORK = 16;

/** Work that any file may cause, in bytes read: enough for one that shares parts on purpose. */
const FREE_WORK = 2 ** 20;

/** Reads one file. A method's `table` and `Field` say what to read; each throws a `MoteError` on what can't be read. */
export class FlatBuffer {
  readonly #view: DataView;
  #work = 0;

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

  /** The table that the file's first offset leads to. */
  root(): Table {
    return this.#table(this.#follow(0, "the root table"));
  }

  /** A number; the field's default (or 0) where the table leaves it out. Refuses 64-bit numbers from 2^53 on. */
  scalar(table: Table, field: Field<Scalar>): number {
    const at = this.#field(table, field.id, SCALAR_BYTES[field.type]);
    return at === undefined ? (field.default ?? 0) : this.#scalarAt(at, field.type);
  }

  /** A table; `undefined` where it is left out. */
  table(table: Table, { id }: Field<"table">): Table | undefined {
    const at = this.#field(table, id, 4);
    return at === undefined ? undefined : this.#table(this.#follow(at, "a table"));
  }

  /** UTF-8 text, cut to fit a message and on one line; empty where it is left out. */
  text(table: Table, { id }: Field<"string">): string {
    const vector = this.#vector(table, id, 1);
    if (!vector) return "";
    this.#spend(vector.at, Math.min(vector.count, MAX_TEXT));
    const text = new TextDecoder().decode(
      this.bytes.subarray(vector.at, vector.at + Math.min(vector.count, MAX_TEXT)),
    );
    const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\uFFFD");
    return vector.count > MAX_TEXT ? `${line}…` : line;
  }

  /** The numbers of a vector; `undefined` where it is left out. */
  numbers(table: Table, { id, type }: Field<`${Scalar}[]`>): number[] | undefined {
    const scalar = elementOf(type);
    const bytes = SCALAR_BYTES[scalar];
    const vector = this.#vector(table, id, bytes);
    if (!vector) return undefined;
    this.#spend(vector.at, vector.count * bytes);
    return Array.from({ length: vector.count }, (_, index) =>
      this.#scalarAt(vector.at + index * bytes, scalar),
    );
  }

  /** The tables of a vector; empty where it is left out. */
  tables(table: Table, { id }: Field<"table[]">): Table[] {
    const vector = this.#vector(table, id, 4);
    if (!vector) return [];
    if (vector.count > MAX_TABLES)
      this.fail(vector.at, `expected at most ${MAX_TABLES} entries, found ${vector.count}`);
    return Array.from({ length: vector.count }, (_, index) =>
      this.#table(this.#follow(vector.at + index * 4, "a table of a vector")),
    );
  }

  /** The bytes of a vector, without a copy; `undefined` where it is left out. */
  data(table: Table, { id }: Field<"uint8[]">): Uint8Array | undefined {
    const vector = this.#vector(table, id, 1);
    return vector && this.bytes.subarray(vector.at, vector.at + vector.count);
  }

  #vector(table: Table, id: number, elementBytes: number): { at: number; count: number } | undefined {
    const field = this.#field(table, id, 4);
    if (field === undefined) return undefined;
    const start = this.#follow(field, "a vector");
    this.#check(start, 4, "the length of a vector");
    const count = this.#view.getUint32(start, true);
    this.#check(start + 4, count * elementBytes, `a vector of ${count} elements`);
    return { at: start + 4, count };
  }

  /**
   * Counts what is read against a limit of four times the file: parts that point to each other's bytes can ask
   * for far more work than there are bytes.
   */
  #spend(at: number, work: number): void {
    this.#work += work;
    if (this.#work > 4 * this.bytes.length + FREE_WORK)
      this.fail(at, "expected each byte to belong to one part of the file, found parts that share theirs");
  }

  #check(at: number, length: number, what: string): void {
    if (at < 0 || at + length > this.bytes.length) {
      this.fail(
        at,
        `expected ${what} of ${length} bytes, found that the file has bytes 0 to ${this.bytes.length - 1} only`,
      );
    }
  }

  #scalarAt(at: number, type: Scalar): number {
    switch (type) {
      case "bool":
        return this.#view.getUint8(at) === 0 ? 0 : 1;
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
    this.#spend(at, TABLE_WORK);
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
    this.#check(table.at + offset, bytes, `field ${id} of a table`);
    return table.at + offset;
  }
}

function elementOf(type: `${Scalar}[]`): Scalar {
  return type.slice(0, -2) as Scalar;
}
