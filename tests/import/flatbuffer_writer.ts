/** Writes small FlatBuffers from literals, for tests that need a file no converter makes. */

/** A field's value: scalars little-endian, the rest by offset. */
export type Value =
  | { readonly int8: number }
  | { readonly uint8: number }
  | { readonly int32: number }
  | { readonly uint64: number }
  | { readonly float32: number }
  | { readonly text: string }
  | { readonly bytes: Uint8Array }
  | { readonly int32s: readonly number[] }
  | { readonly int64s: readonly number[] }
  | { readonly float32s: readonly number[] }
  | { readonly table: Fields }
  | { readonly tables: readonly Fields[] };

/** Field number to value. */
export type Fields = Readonly<Record<number, Value>>;

/** A file with `root` as its root table, the identifier TFL3, and `after` behind the FlatBuffer. */
export function writeFlatBuffer(root: Fields, after: Uint8Array = new Uint8Array()): Uint8Array {
  const out: number[] = [0, 0, 0, 0, ...new TextEncoder().encode("TFL3")];
  const set = (at: number, bytes: Iterable<number>) => {
    let position = at;
    for (const byte of bytes) out[position++] = byte;
  };
  const align = () => {
    while (out.length % 8 !== 0) out.push(0);
  };
  /** Points the offset at `at` to what `write` appends. */
  const point = (at: number, write: () => number) => set(at, scalar(4, write() - at));

  const vector = (count: number, bytes: Iterable<number>): number => {
    align();
    out.push(0, 0, 0, 0);
    const start = out.length;
    out.push(...scalar(4, count), ...bytes);
    return start;
  };

  const table = (fields: Fields): number => {
    const entries = Object.entries(fields).map(([id, value]) => ({ id: Number(id), value }));
    const slots = Math.max(-1, ...entries.map(({ id }) => id)) + 1;
    align();
    const vtable = out.length;
    // Every field gets 8 bytes, whatever its type.
    out.push(...scalar(2, 4 + 2 * slots), ...scalar(2, 8 + 8 * entries.length));
    for (let id = 0; id < slots; id++) {
      const position = entries.findIndex((entry) => entry.id === id);
      out.push(...scalar(2, position < 0 ? 0 : 8 + 8 * position));
    }
    align();
    const start = out.length;
    out.push(...scalar(4, start - vtable), 0, 0, 0, 0);
    for (const _ of entries) out.push(0, 0, 0, 0, 0, 0, 0, 0);
    entries.forEach(({ value }, position) => {
      const at = start + 8 + 8 * position;
      if ("int8" in value) set(at, scalar(1, value.int8));
      else if ("uint8" in value) set(at, scalar(1, value.uint8));
      else if ("int32" in value) set(at, scalar(4, value.int32));
      else if ("uint64" in value) set(at, scalar(8, value.uint64));
      else if ("float32" in value) set(at, float(value.float32));
      else if ("text" in value) {
        const text = new TextEncoder().encode(value.text);
        point(at, () => vector(text.length, [...text, 0]));
      } else if ("bytes" in value) point(at, () => vector(value.bytes.length, value.bytes));
      else if ("int32s" in value) point(at, () => vector(value.int32s.length, words(4, value.int32s)));
      else if ("int64s" in value) {
        // 64-bit elements are aligned behind the length.
        point(at, () => vector(value.int64s.length, words(8, value.int64s)));
      } else if ("float32s" in value) {
        point(at, () => vector(value.float32s.length, value.float32s.flatMap(float)));
      } else if ("table" in value) point(at, () => table(value.table));
      else {
        const places = vectorOfOffsets(value.tables.length);
        set(at, scalar(4, places - at));
        value.tables.forEach((child, index) => {
          point(places + 4 + 4 * index, () => table(child));
        });
      }
    });
    return start;
  };
  const vectorOfOffsets = (count: number) => vector(count, new Array<number>(4 * count).fill(0));

  point(0, () => table(root));
  align();
  return Uint8Array.from([...out, ...after]);
}

function scalar(bytes: number, value: number): number[] {
  const wide = BigInt.asUintN(64, BigInt(value));
  return Array.from({ length: bytes }, (_, index) => Number((wide >> BigInt(8 * index)) & 0xffn));
}

function words(bytes: number, values: readonly number[]): number[] {
  return values.flatMap((value) => scalar(bytes, value));
}

function float(value: number): number[] {
  return [...new Uint8Array(Float32Array.of(value).buffer)];
}
