/** Puts the constants that a kernel streams into a flash for tests, apart from each other and among garbage. */

import type { Packed, Stream } from "../../codegen/ops/descriptor.ts";

export interface StreamedConstants {
  /** As long as the kernel may read. */
  readonly flash: Uint8Array;
  /** Position in flash by the constant's name. */
  readonly positions: ReadonlyMap<string, number>;
  readonly piece: number;
  readonly bufferBytes: number;
}

const GARBAGE = 0xa5;

/** Pieces of `units` units. */
export function streamConstants(
  { constant, unit, others, rest }: Stream,
  packed: Packed,
  units: number,
): StreamedConstants {
  const piece = unit * units;
  const positions = new Map<string, number>();
  let end = 7;
  let read = end;
  for (const name of [...others, constant]) {
    const { length } = packed[name]?.bytes ?? new Uint8Array();
    positions.set(name, end);
    read = Math.max(read, end + (name === constant ? Math.ceil(length / piece) * piece : length + rest));
    end += length + 3;
  }
  const flash = new Uint8Array(read).fill(GARBAGE);
  for (const [name, position] of positions) flash.set(packed[name]?.bytes ?? [], position);
  return { flash, positions, piece, bufferBytes: piece + rest };
}
