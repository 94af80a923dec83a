/** How much of the arena is in use at one layer; blocks that share bytes in place count these once. */

import type { Report } from "../compile_result.ts";

export type Block = Report["memory"]["blocks"][number];

/** Whether `block` holds something while layer `index` runs. */
function inUse(block: Block, index: number): boolean {
  return block.first <= index && index <= block.last;
}

/** Bytes that at least one block occupies while layer `index` runs. */
export function bytesInUse(blocks: readonly Block[], index: number): number {
  const live = blocks.filter((block) => inUse(block, index)).sort((a, b) => a.address - b.address);
  let bytes = 0;
  let end = 0;
  for (const block of live) {
    const blockEnd = block.address + block.bytes;
    bytes += Math.max(0, blockEnd - Math.max(end, block.address));
    end = Math.max(end, blockEnd);
  }
  return bytes;
}
