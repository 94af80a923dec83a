/** Places constants one after another, each distinct run of bytes once. */

import { alignUp } from "../graph/align.ts";
import type { ConstantRequest } from "./constant_requests.ts";
import type { ConstantBlock } from "./plan.ts";

export interface PlacedConstants {
  readonly blocks: readonly ConstantBlock[];
  /** Address of a request by its key. */
  readonly addresses: ReadonlyMap<string, number>;
  /** First byte after the last block. */
  readonly end: number;
}

/** Lays out constants from `start` on; equal bytes share an address. `packed`: without a gap, whatever their alignment. */
export function placeConstants(
  requests: readonly ConstantRequest[],
  start: number,
  packed = false,
): PlacedConstants {
  const blocks: (ConstantBlock & { layers: number[] })[] = [];
  const byContent = new Map<string, ConstantBlock & { layers: number[] }>();
  const addresses = new Map<string, number>();
  let end = start;
  for (const { key, name, layer, constant } of requests) {
    const { bytes, role } = constant;
    const align = packed ? 1 : constant.align;
    const content = `${align}:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")}`;
    const known = byContent.get(content);
    if (known) {
      known.layers.push(layer);
      addresses.set(key, known.address);
      continue;
    }
    const address = alignUp(end, align);
    const block = { name, address, bytes, role, layers: [layer] };
    byContent.set(content, block);
    blocks.push(block);
    addresses.set(key, address);
    end = address + bytes.length;
  }
  return { blocks, addresses, end };
}
