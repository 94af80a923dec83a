/** What running a module costs, counted: instructions of each layer, estimates by the target's table, and the certificate. */

import type { CompileResult } from "../compile_result.ts";
import { costsOf, estimate } from "../plan/costs.ts";
import { type Certificate, certify } from "./certificate.ts";
import { countInstructions, instructionsOf } from "./count.ts";
import type { Counts } from "./instructions.ts";

/** Instructions of a processor, by the cost table of a target. */
export interface Estimate {
  readonly processor: string;
  readonly instructions: number;
  readonly layers: readonly number[];
  /** At `mhz`, one instruction a cycle. */
  readonly milliseconds?: number;
}

export interface Execution {
  readonly layers: readonly { readonly instructions: number; readonly counts: Counts }[];
  /** In no layer: what calls them. */
  readonly outside: number;
  readonly total: number;
  readonly counts: Counts;
  readonly estimates: readonly Estimate[];
  readonly mhz?: number;
  readonly certificate: Certificate;
}

export interface ExecutionOptions {
  readonly mhz?: number;
  /** Fills the inputs of the inference that is counted. */
  readonly write?: (memory: Uint8Array) => void;
}

/** Counts one inference of a build. */
export function executionOf(
  { wasm, functionNames, report }: Pick<CompileResult, "wasm" | "functionNames" | "report">,
  { mhz, write = () => {} }: ExecutionOptions = {},
): Execution {
  const counts = countInstructions(wasm, functionNames, write);
  if (counts.layers.length !== report.layers.length) {
    throw new RangeError(`counted ${counts.layers.length} of ${report.layers.length} layers`);
  }
  const estimates = Object.entries(costsOf(report.target)).map(([processor, table]): Estimate => {
    const instructions = Math.round(estimate(table, counts.total, 1));
    return {
      processor,
      instructions,
      layers: counts.layers.map((layer) => Math.round(estimate(table, layer, 0))),
      ...(mhz === undefined ? {} : { milliseconds: instructions / (mhz * 1000) }),
    };
  });
  return {
    layers: counts.layers.map((layer) => ({ instructions: instructionsOf(layer), counts: layer })),
    outside: instructionsOf(counts.outside),
    total: instructionsOf(counts.total),
    counts: counts.total,
    estimates,
    ...(mhz === undefined ? {} : { mhz }),
    certificate: certify(wasm, functionNames, counts),
  };
}
