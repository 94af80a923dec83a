/** What rules of operators have in common: the choices they follow, and how they emit an operator. */

import { OperatorFault } from "../../error.ts";
import { type Layer, layerOf, type Operator } from "../../graph/graph.ts";
import type { Strided } from "../../graph/strides.ts";
import type { TensorId } from "../../graph/tensor.ts";
import { descriptorOf } from "../../ops/index.ts";
import type { Rewriting } from "./rewriting.ts";

/**
 * How the output of a product lies in memory: as its own indices count, as a TRANSPOSE behind it wants it, or row by row as
 * its left operand or column by column as its right one, so that it may take the place of what it no longer needs.
 */
export const OUTPUT_LAYOUTS = ["wanted", "x", "y", "ordinary"] as const;
export type OutputLayout = (typeof OUTPUT_LAYOUTS)[number];

/** What the search decides. */
export interface Choices {
  /** TRANSPOSEs that copy, instead of only changing how their input is seen. */
  readonly copying: ReadonlySet<Operator>;
  /** Operators that broadcast which do not take the order that lets least be copied for them, but the next one. */
  readonly secondBest: ReadonlySet<Operator>;
  /** How the outputs of products lie in memory. */
  readonly outputs: ReadonlyMap<Operator, OutputLayout>;
  /** How a TRANSPOSE behind a product wants its output. */
  readonly wanted: ReadonlyMap<Operator, Strided>;
}

/** Rewrites an operator with one output, none of its tensors being state; false where it has to be kept as it is. */
export type Rule = (rewriting: Rewriting, operator: Operator, layer: Layer, choices: Choices) => boolean;

/** The only output of an operator. */
export const outputOf = ({ outputs }: Operator): TensorId => outputs[0] ?? -1;

/**
 * Emits `operator` changed, its output in a tensor of `shape`, which is seen as the original output by `seen`; false where the
 * operator's own rules don't allow that.
 */
export function emit(
  rewriting: Rewriting,
  operator: Operator,
  change: Partial<Operator>,
  { shape, seen }: { readonly shape: readonly number[]; readonly seen: Strided },
): boolean {
  const id = outputOf(operator);
  const output = rewriting.tensor(id, shape);
  const changed = { ...operator, ...change, outputs: [output] };
  try {
    descriptorOf(changed).check(layerOf(rewriting, changed));
  } catch (error) {
    if (error instanceof OperatorFault) return false;
    throw error;
  }
  rewriting.operators.push(changed);
  rewriting.see(id, { id: output, layout: seen });
  return true;
}

/** A layout with further dimensions of 1 before its own. */
export function aligned({ shape, strides }: Strided, rank: number): Strided {
  const ones = Array.from({ length: rank - shape.length }, () => 1);
  return { shape: [...ones, ...shape], strides: [...ones.map(() => 0), ...strides] };
}
