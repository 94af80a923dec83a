/** Spends a build's allowance of bytes on inlining, where the multiply-accumulates are. */

import type { Optimize } from "../compile_result.ts";

/** What one layer would cost and give if its kernel were inlined. */
export interface InlineCandidate {
  readonly layer: number;
  /** Bytes that its function grows by. */
  readonly extraBytes: number;
  readonly macs: number;
}

/** `balanced` may cost 15 % or 6,000 bytes over `size`, whichever is more. */
export function allowance(optimize: Optimize, sizeBytes: number): number {
  switch (optimize) {
    case "size":
      return 0;
    case "balanced":
      return Math.max(6000, Math.floor(sizeBytes * 0.15));
    case "speed":
      return Infinity;
  }
}

/** Layers to inline: the most multiply-accumulates a byte first, until the allowance is spent. */
export function spendAllowance(candidates: readonly InlineCandidate[], bytes: number): ReadonlySet<number> {
  const perByte = (candidate: InlineCandidate) => candidate.macs / Math.max(1, candidate.extraBytes);
  const chosen = new Set<number>();
  let left = bytes;
  for (const candidate of [...candidates].sort((a, b) => perByte(b) - perByte(a) || a.layer - b.layer)) {
    if (candidate.extraBytes > left) continue;
    left -= candidate.extraBytes;
    chosen.add(candidate.layer);
  }
  return chosen;
}
