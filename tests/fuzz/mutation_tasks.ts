/** Spreads a number of mutations over the conformance set's models. */

import type { ConformanceCase } from "../conformance/conformance.ts";
import type { MutationTask } from "./check_mutations.ts";

const SEED = 20261124;
/** Larger models take long, and are mostly weights. */
const MAX_BYTES = 60_000;
/** Files of a format of their own come more often: there are few of them. */
const ONNX_SHARE = 4;

/** `count` mutations in all. */
export function mutationTasks(
  cases: readonly (ConformanceCase & { readonly file_bytes?: number })[],
  count: number,
): MutationTask[] {
  const small = cases.filter(({ file_bytes: bytes = 0 }) => bytes <= MAX_BYTES);
  const weights = small.map(({ model }) => (model.endsWith(".onnx") ? ONNX_SHARE : 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let given = 0;
  let weight = 0;
  return small.flatMap(({ model }, index) => {
    weight += weights[index] ?? 1;
    const mutations = Math.round((count * weight) / total) - given;
    given += mutations;
    return mutations > 0 ? [{ model, seed: SEED + index, count: mutations }] : [];
  });
}
