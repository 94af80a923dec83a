/** How much linear memory a module takes on its target. */

import { alignUp } from "../graph/align.ts";
import type { MemoryModel } from "./target.ts";

/** A page, if a module doesn't say otherwise. */
export const PAGE_BYTES = 65536;

/** Where WAMR cuts memory is aligned to this. */
export const HEAP_ALIGN = 16;

/** Bytes of linear memory for a module that uses `total` of them. */
export function linearBytes(model: MemoryModel, total: number): number {
  if (model === "pages") return Math.max(PAGE_BYTES, alignUp(total, PAGE_BYTES));
  return model === "heap-base" ? alignUp(total, HEAP_ALIGN) : total;
}
