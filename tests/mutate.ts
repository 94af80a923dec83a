/** Damages a file in seeded ways: what a fuzz test feeds to the import, and to all that comes after it. */

import { randomNumbers } from "../codegen/cli/random_inputs.ts";

export interface Mutation {
  /** What was done, for the message of a failing test. */
  readonly what: string;
  readonly bytes: Uint8Array;
}

/** Values of a 32-bit word that readers get wrong. */
const EXTREMES = [0, 1, 2, 0x7f, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/**
 * `count` damaged copies of `bytes` (at least 8): bits flipped, cut off, words replaced by extremes or by other words
 * of the file, ranges copied or cleared. Most hit words that could be offsets or lengths, as weights matter little.
 * The same seed gives the same copies.
 */
export function* mutations(bytes: Uint8Array, seed: number, count: number): Generator<Mutation> {
  const random = randomNumbers(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const structure = structuralWords(bytes);
  const anyWord = () => below(bytes.length - 3);
  const word = () => (random() < 0.8 ? (structure[below(structure.length)] ?? anyWord()) : anyWord());
  const viewOf = (copy: Uint8Array) => new DataView(copy.buffer, copy.byteOffset, copy.byteLength);

  const kinds: readonly ((copy: Uint8Array) => { what: string; bytes?: Uint8Array })[] = [
    (copy) => {
      const flips = Array.from({ length: 1 + below(4) }, () => ({ at: word() + below(4), bit: below(8) }));
      for (const { at, bit } of flips) copy[at] = (copy[at] ?? 0) ^ (1 << bit);
      return { what: `flip ${flips.map(({ at, bit }) => `${at}.${bit}`).join(" ")}` };
    },
    (copy) => {
      const length = below(copy.length);
      return { what: `cut to ${length}`, bytes: copy.slice(0, length) };
    },
    (copy) => {
      const at = word();
      const value = EXTREMES[below(EXTREMES.length)] ?? 0;
      viewOf(copy).setUint32(at, value, true);
      return { what: `word ${at} = ${value}` };
    },
    (copy) => {
      const at = word();
      const from = word();
      copy.copyWithin(at, from, from + 4);
      return { what: `word ${at} = word ${from}` };
    },
    (copy) => {
      const at = word();
      const delta = (below(2) === 0 ? -1 : 1) * (1 + below(64));
      viewOf(copy).setUint32(at, viewOf(copy).getUint32(at, true) + delta, true);
      return { what: `word ${at} += ${delta}` };
    },
    (copy) => {
      const at = word();
      const value = below(copy.length);
      viewOf(copy).setUint32(at, value, true);
      return { what: `word ${at} = ${value}` };
    },
    (copy) => {
      const at = word();
      const from = word();
      const length = 1 + below(64);
      copy.copyWithin(at, from, from + length);
      return { what: `bytes ${at} = ${length} bytes from ${from}` };
    },
    (copy) => {
      const at = word();
      const length = 1 + below(64);
      copy.fill(0, at, at + length);
      return { what: `clear ${length} bytes from ${at}` };
    },
  ];
  for (let index = 0; index < count; index++) {
    const copy = new Uint8Array(bytes);
    // Now and then more than one, so that a harmless first damage does not hide the way to a second.
    const kind = () => kinds[below(kinds.length)] ?? kinds[0];
    const first = kind()?.(copy);
    const second = !first?.bytes && random() < 0.3 ? kind()?.(copy) : undefined;
    const what = [first, second].flatMap((done) => done?.what ?? []).join("; ");
    yield {
      what: `mutation ${index} of seed ${seed}: ${what}`,
      bytes: second?.bytes ?? first?.bytes ?? copy,
    };
  }
}

/** Positions of aligned words that could be a FlatBuffers offset or a length, or lie beside one. */
function structuralWords(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const value = view.getInt32(at, true);
    if (value !== 0 && Math.abs(value) < bytes.length) words.push(at);
  }
  return words;
}
