/** The two ways in which kernels of recurrent layers multiply matrices and vectors: a row at a time, or pairs of rows. */

import { bytesOf } from "../../graph/tensor.ts";
import type { Target } from "../../plan/target.ts";
import { fitsPairs, PAIR_SUMS_BYTES, packPairs, pairProducts } from "./pairs.ts";
import { type Recurrent, STATE_BITS } from "./recurrent.ts";

/** How a kernel computes its dot products. */
export interface Products {
  /** Of its name, and its file's name. */
  readonly suffix: string;
  readonly file: string;
  fits(recurrent: Recurrent, target: Target): boolean;
  /** Of all products of a step. */
  cost(recurrent: Recurrent, sections: readonly (readonly number[])[]): number;
  /** A matrix in the kernel's layout, by sections. */
  pack(sections: readonly (readonly Int8Array[])[]): Uint8Array;
  /** Bytes of sums that lie in scratch: those of a step for each section, of the input and of the state. */
  readonly sumsBytes: number;
}

export const SCALAR: Products = {
  suffix: "",
  file: "portable",
  fits: () => true,
  cost: ({ rows, depth, units }) => rows.length * (depth + units) * 4,
  pack: (sections) => Uint8Array.from(sections.flat().flatMap((row) => Array.from(bytesOf(row)))),
  sumsBytes: 0,
};

/** For interpreters: pairs.ts. */
export const PAIRS: Products = {
  suffix: "_lanes",
  file: "lanes",
  fits({ rows, x }, target) {
    const reach = x.dtype === "int8" ? 128 : 32768;
    const weights = rows.map((row) => row.weights);
    const stateWeights = rows.map((row) => row.stateWeights);
    return (
      target.lanes &&
      x.dtype !== "float32" &&
      fitsPairs(weights, reach) &&
      fitsPairs(stateWeights, 2 ** STATE_BITS)
    );
  },
  // In units of the scalar kernel's cost.
  cost: ({ depth, units }, sections) =>
    sections.reduce((sum, { length }) => sum + pairProducts(length, depth) + pairProducts(length, units), 0),
  pack: (sections) => Uint8Array.from(sections.flatMap((rows) => Array.from(packPairs(rows)))),
  sumsBytes: 2 * PAIR_SUMS_BYTES,
};
