/** Places constants behind the arena, each distinct run of bytes once. */

import { alignUp } from "../graph/align.ts";
import type { PackedConstant } from "../ops/descriptor.ts";
import type { ConstantBlock } from "./plan.ts";

export interface ConstantRequest {
  readonly name: string;
  readonly layer: number;
  readonly constant: PackedConstant;
}

export interface PlacedConstants {
  readonly blocks: readonly ConstantBlock[];
  /** Address of each request, in order. */
  readonly addresses: readonly number[];
  /** First byte after the last block. */
  readonly end: number;
}

/** Lays out constants from `start` on; equal bytes share an address. */
export function placeConstants(requests: readonly ConstantRequest[], start: number): PlacedConstants {
  const blocks: (ConstantBlock & { layers: number[] })[] = [];
  const byContent = new Map<string, ConstantBlock & { layers: number[] }>();
  let end = start;
  const addresses = requests.map(({ name, layer, constant }) => {
    const { bytes, align, role } = constant;
    const content = `${align}:${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1")}`;
    const known = byContent.get(content);
    if (known) {
      known.layers.push(layer);
      return known.address;
    }
    const address = alignUp(end, align);
    const block = { name, address, bytes, role, layers: [layer] };
    byContent.set(content, block);
    blocks.push(block);
    end = address + bytes.length;
    return address;
  });
  return { blocks, addresses, end };
}
