/**
 * Packs the matrices of recurrent layers for interpreters (assembly/pairs.ts): two rows share an i64, whose lower sum must
 * stay within int32.
 */

import { alignUp } from "../../graph/align.ts";

/** Rows that are summed together, and values of a word. */
const TILE = 8;
const VALUES = 4;
const WORD_BYTES = 8;
/** What a field holds more than its weight. */
const EXCESS = 128;
/** Bytes of the sums of eight rows. */
export const PAIR_SUMS_BYTES = TILE * 4;

/** Whether sums of `rows` stay within int32, each weight as its field holds it, for values up to `magnitude` in size. */
export function fitsPairs(rows: readonly Int8Array[], magnitude: number): boolean {
  return rows.every((row) => {
    const fields = row.reduce((sum, weight) => sum + weight + EXCESS, 0);
    return fields * magnitude < 2 ** 31;
  });
}

/** Products of `rows` rows with `depth` values as eight rows and four values at a time have them. */
export function pairProducts(rows: number, depth: number): number {
  return alignUp(rows, TILE) * alignUp(depth, VALUES);
}

/** `rows`, all of one length, eight after another: for every 4 values four i64, of 2 rows each, every byte a weight plus 128. */
export function packPairs(rows: readonly Int8Array[]): Uint8Array<ArrayBuffer> {
  const depth = rows[0]?.length ?? 0;
  const words = Math.ceil(depth / VALUES);
  const bytes = new Uint8Array(pairProducts(rows.length, depth));
  rows.forEach((row, index) => {
    const [tile, lane] = [Math.floor(index / TILE), index % TILE];
    row.forEach((weight, k) => {
      const word = (tile * words + Math.floor(k / VALUES)) * (TILE / 2) + (lane >> 1);
      bytes[word * WORD_BYTES + (lane & 1) * VALUES + (k % VALUES)] = weight + EXCESS;
    });
  });
  return bytes;
}
