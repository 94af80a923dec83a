/** Spends a build's allowance of bytes on inlining, where that saves most time. */

import type { Optimize } from "../compile_result.ts";
import { elementCount, type Tensor } from "../graph/tensor.ts";
import { hasSimd, type Target } from "./target.ts";

/** What one layer would cost and give if its kernel were inlined. */
export interface InlineCandidate {
  readonly layer: number;
  readonly kernel: string;
  /** Bytes that its function grows by. */
  readonly extraBytes: number;
  /** Picoseconds that it becomes faster by, roughly; only compared with other layers'. */
  readonly saved: number;
}

/**
 * What inlining saves, in picoseconds: literals take conditions and multiplications out of loops, which portable kernels have
 * around every few products, vector kernels around every few outputs. `npm run bench:inlining` measures and fits it.
 */
const SAVED = {
  portable: { product: 46, output: 102 },
  vector: { product: 0, output: 216 },
} as const;

/** What inlining a layer saves, by its multiply-accumulates and the elements that it writes. */
export function savedByInlining(
  { macs, outputs }: { readonly macs: number; readonly outputs: readonly Tensor[] },
  target: Target,
): number {
  const { product, output } = hasSimd(target) ? SAVED.vector : SAVED.portable;
  return product * macs + output * outputs.reduce((sum, { shape }) => sum + elementCount(shape), 0);
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

/**
 * Layers to inline: what saves most a byte first, until the allowance is spent; or, where that saves more in the end, all
 * layers of one kernel before the others.
 * @param sharedBytes by kernel what goes from the module once no layer shares it any more
 */
export function spendAllowance(
  candidates: readonly InlineCandidate[],
  sharedBytes: ReadonlyMap<string, number>,
  bytes: number,
): ReadonlySet<number> {
  const spend = (whole: string | undefined) => {
    const first = candidates.filter(({ kernel }) => kernel === whole);
    const others = candidates.filter(({ kernel }) => kernel !== whole);
    const left = bytes - sum(first.map(({ extraBytes }) => extraBytes)) + (sharedBytes.get(whole ?? "") ?? 0);
    return first.length > 0 && left < 0 ? [] : [...first, ...mostSaved(others, left)];
  };
  const saved = (chosen: readonly InlineCandidate[]) => sum(chosen.map((candidate) => candidate.saved));
  const [best = []] = [undefined, ...sharedBytes.keys()].map(spend).sort((a, b) => saved(b) - saved(a));
  return new Set(best.map(({ layer }) => layer));
}

/** What saves most a byte first, as far as `bytes` go. */
function mostSaved(candidates: readonly InlineCandidate[], bytes: number): InlineCandidate[] {
  const perByte = (candidate: InlineCandidate) => candidate.saved / Math.max(1, candidate.extraBytes);
  let left = bytes;
  return [...candidates]
    .sort((a, b) => perByte(b) - perByte(a) || a.layer - b.layer)
    .filter(({ extraBytes }) => {
      const fits = extraBytes <= left;
      if (fits) left -= extraBytes;
      return fits;
    });
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
