/** Asks this machine how it multiplies with relaxed SIMD: what a module needs of it is its global `dot_bits`. */

import { DOT_PROBE, exactBits } from "../codegen/package/dot_probe.ts";

let found: 0 | 7 | 8 | undefined;

/** Bits of a relaxed dot product's second operand for which this machine is exact; 0: not at all, or no relaxed SIMD. */
export function dotBits(): 0 | 7 | 8 {
  found ??= probe();
  return found;
}

function probe(): 0 | 7 | 8 {
  const bytes = Uint8Array.from(DOT_PROBE);
  if (!WebAssembly.validate(bytes)) return 0;
  const { dot } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  if (typeof dot !== "function") return 0;
  return exactBits((a, b, c) => Number(dot(a, b, c)));
}
