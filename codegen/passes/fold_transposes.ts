/**
 * Folds TRANSPOSEs into the operators around them: products of matrices read and write in any order, what works element by
 * element or row by row runs in the order that is there, and those that cancel vanish.
 */

import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { readersOf, withoutUnused } from "../graph/rewrite.ts";
import { type Strided, spread } from "../graph/strides.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";
import type { TransposeAttributes } from "../ops/transpose.ts";
import type { Pass } from "./pass.ts";
import { Rewriting } from "./transposes/rewriting.ts";
import { type Choices, isProduct, isTranspose, RULES } from "./transposes/rules.ts";

/** Choices that are tried the other way round, and rounds of that: enough for networks, little enough for damaged files. */
const MAX_CHOICES = 64;
const MAX_ROUNDS = 3;
/** What a TRANSPOSE costs beside its bytes. */
const OPERATOR_COST = 32;

/** What is left to transpose. */
function costOf(graph: Graph): number {
  return graph.operators.filter(isTranspose).reduce((sum, operator) => {
    const bytes = operator.outputs.reduce((total, id) => total + tensorBytes(tensorAt(graph, id)), 0);
    return sum + bytes + OPERATOR_COST;
  }, 0);
}

/** Operators that rules may rewrite: one output, and no state, whose value depends on when it is read. */
function isMovable(graph: Graph, { inputs, outputs }: Operator): boolean {
  const state = [...inputs, ...outputs].some((id) => graph.tensors[id]?.state);
  return outputs.length === 1 && inputs.length > 0 && inputs.every((id) => id >= 0) && !state;
}

function rewritten(graph: Graph, choices: Choices): Graph {
  const rewriting = new Rewriting(graph);
  for (const operator of graph.operators) {
    const layer = layerOf(graph, operator);
    const done =
      isMovable(graph, operator) && RULES.some((rule) => rule(rewriting, operator, layer, choices));
    if (!done) rewriting.keep(operator);
  }
  return withoutUnused(rewriting.graph());
}

/** The TRANSPOSE behind a product, perhaps behind operators that keep its dimensions. */
function transposeBehind(
  graph: Graph,
  product: Operator,
  readers: ReadonlyMap<TensorId, readonly Operator[]>,
): Operator<TransposeAttributes> | undefined {
  const shapeOf = ({ outputs }: Operator) => tensorAt(graph, outputs[0] ?? -1).shape.join();
  const shape = shapeOf(product);
  let at: Operator | undefined = product;
  while (at && at.outputs.length === 1 && shapeOf(at) === shape) {
    const id: TensorId = at.outputs[0] ?? -1;
    at = tensorAt(graph, id).state ? undefined : readers.get(id)?.[0];
    if (at && isTranspose(at)) return at;
  }
  return undefined;
}

/** How the TRANSPOSEs behind products want these products' outputs. */
function wantedLayouts(graph: Graph): ReadonlyMap<Operator, Strided> {
  const readers = readersOf(graph);
  const wanted = new Map<Operator, Strided>();
  for (const product of graph.operators.filter(isProduct)) {
    const behind = transposeBehind(graph, product, readers);
    const { shape } = tensorAt(graph, product.outputs[0] ?? -1);
    // The order of its output's dimensions, then, is the order in memory.
    if (behind) wanted.set(product, spread(shape, behind.attributes.permutation));
  }
  return wanted;
}

function run(graph: Graph): Graph {
  if (!graph.operators.some(isTranspose)) return graph;
  const wanted = wantedLayouts(graph);
  let choices: Choices = { copying: new Set(), ordinary: new Set(), wanted };
  let best = rewritten(graph, choices);
  const candidates = graph.operators.filter((operator) => isTranspose(operator) || wanted.has(operator));
  let better = costOf(best) > 0;
  for (let round = 0; better && round < MAX_ROUNDS; round++) {
    better = false;
    for (const operator of candidates.slice(0, MAX_CHOICES)) {
      const key = isTranspose(operator) ? "copying" : "ordinary";
      const flipped = new Set(choices[key]);
      if (!flipped.delete(operator)) flipped.add(operator);
      const tried: Choices = { ...choices, [key]: flipped };
      const found = rewritten(graph, tried);
      if (costOf(found) >= costOf(best)) continue;
      [best, choices, better] = [found, tried, true];
    }
  }
  return costOf(best) < costOf(graph) ? best : graph;
}

export const foldTransposes: Pass = {
  name: "fold_transposes",
  summary: "folds transpositions into the operators around them",
  run,
};
