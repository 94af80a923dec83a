/** The module's initial memory as data segments: constants without the zeros that memory starts with anyway. */

import type { ConstantBlock } from "../plan/plan.ts";

export interface Segment {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A run of zeros shorter than this costs less than the header of another segment. */
const SHORTEST_GAP = 8;

/** All constants as one run of bytes; `address` is that of the first byte. */
export function constantImage(blocks: readonly ConstantBlock[]): Segment {
  if (blocks.length === 0) return { address: 0, bytes: new Uint8Array() };
  const address = Math.min(...blocks.map((block) => block.address));
  const end = Math.max(...blocks.map((block) => block.address + block.bytes.length));
  const bytes = new Uint8Array(end - address);
  for (const block of blocks) bytes.set(block.bytes, block.address - address);
  return { address, bytes };
}

/** Splits an image at runs of zeros, which are left out. */
export function dataSegments({ address, bytes }: Segment): Segment[] {
  const segments: Segment[] = [];
  let at = 0;
  while (at < bytes.length) {
    while (at < bytes.length && bytes[at] === 0) at++;
    const start = at;
    let zeros = 0;
    while (at < bytes.length && zeros < SHORTEST_GAP) zeros = bytes[at++] === 0 ? zeros + 1 : 0;
    const end = at - zeros;
    if (end > start) segments.push({ address: address + start, bytes: bytes.subarray(start, end) });
  }
  return segments;
}
