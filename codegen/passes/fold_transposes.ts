/**
 * Folds TRANSPOSEs into the operators around them: products of matrices read and write in any order, what works element by
 * element or row by row runs in the order that is there, and those that cancel vanish.
 */

import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { readersOf, withoutUnused } from "../graph/rewrite.ts";
import { type Strided, spread } from "../graph/strides.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";
import { sharedSpan } from "../ops/batch_matmul.ts";
import { descriptorOf } from "../ops/index.ts";
import type { TransposeAttributes } from "../ops/transpose.ts";
import type { Pass } from "./pass.ts";
import { isProduct } from "./transposes/product_rule.ts";
import { type ArrangedConstants, Rewriting } from "./transposes/rewriting.ts";
import { type Choices, OUTPUT_LAYOUTS, type OutputLayout } from "./transposes/rule.ts";
import { isTranspose, RULES } from "./transposes/rules.ts";

/** Operators that may be rewritten in the search, all tries together: enough for networks, little enough for damaged files. */
const MAX_WORK = 2 ** 17;
/** What a TRANSPOSE costs beside its bytes. */
const OPERATOR_COST = 32;

/** What is left to transpose, and what products take of memory together with an operand that they may overwrite. */
interface Cost {
  readonly transposed: number;
  readonly spans: number;
}

function costOf(graph: Graph): Cost {
  const readers = readersOf(graph);
  let transposed = 0;
  let spans = 0;
  for (const operator of graph.operators) {
    if (isTranspose(operator)) transposed += bytesOf(graph, operator.outputs[0]) + OPERATOR_COST;
    if (!isProduct(operator)) continue;
    const layer = layerOf(graph, operator);
    const last = (input: 0 | 1) => readers.get(operator.inputs[input] ?? -1)?.at(-1) === operator;
    const shared = ([0, 1] as const).flatMap((input) => {
      const other = bytesOf(graph, operator.inputs[1 - input]);
      return last(input) && !layer.inputs[input]?.data ? [sharedSpan(layer, input) + other] : [];
    });
    const apart = bytesOf(graph, operator.inputs[0]) + bytesOf(graph, operator.inputs[1]);
    spans += Math.min(...shared, apart + bytesOf(graph, operator.outputs[0]));
  }
  return { transposed, spans };
}

const bytesOf = (graph: Graph, id = -1): number => tensorBytes(tensorAt(graph, id));

/** Whether a cost is lower; the memory of products only counts where as much is transposed. */
function isLower(a: Cost, b: Cost): boolean {
  return a.transposed === b.transposed ? a.spans < b.spans : a.transposed < b.transposed;
}

/** Operators that rules may rewrite: one output, and no state, whose value depends on when it is read. */
function isMovable(graph: Graph, { inputs, outputs }: Operator): boolean {
  const state = [...inputs, ...outputs].some((id) => graph.tensors[id]?.state);
  return outputs.length === 1 && inputs.length > 0 && inputs.every((id) => id >= 0) && !state;
}

function rewritten(graph: Graph, choices: Choices, constants: ArrangedConstants): Graph {
  const rewriting = new Rewriting(graph, constants);
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

/** The choices that differ from `choices` in what becomes of one operator. */
function alternatives(choices: Choices, operator: Operator): Choices[] {
  if (isProduct(operator)) {
    const now = choices.outputs.get(operator);
    return OUTPUT_LAYOUTS.filter((layout) => layout !== now).map((layout) => ({
      ...choices,
      outputs: new Map(choices.outputs).set(operator, layout),
    }));
  }
  const key = isTranspose(operator) ? "copying" : "secondBest";
  const flipped = new Set(choices[key]);
  if (!flipped.delete(operator)) flipped.add(operator);
  return [{ ...choices, [key]: flipped }];
}

/** Whether there is a choice about an operator. */
function hasAlternatives(graph: Graph, operator: Operator): boolean {
  if (isTranspose(operator) || isProduct(operator)) return true;
  const computed = operator.inputs.filter((id) => id >= 0 && !tensorAt(graph, id).data);
  return computed.length > 1 && !!descriptorOf(operator).traits?.broadcasts?.(layerOf(graph, operator));
}

function run(graph: Graph): Graph {
  if (!graph.operators.some(isTranspose)) return graph;
  const wanted = wantedLayouts(graph);
  const outputs = new Map<Operator, OutputLayout>(
    graph.operators.filter(isProduct).map((operator) => [operator, wanted.has(operator) ? "wanted" : "x"]),
  );
  let choices: Choices = { copying: new Set(), secondBest: new Set(), outputs, wanted };
  const constants: ArrangedConstants = new Map();
  let best = rewritten(graph, choices, constants);
  let cost = costOf(best);
  const candidates = graph.operators.filter((operator) => hasAlternatives(graph, operator));
  let work = 0;
  for (let better = true; better; ) {
    better = false;
    for (const operator of candidates) {
      // Where nothing is left to transpose, only the memory of products can become less.
      if (cost.transposed === 0 && !isProduct(operator)) continue;
      for (const tried of alternatives(choices, operator)) {
        work += graph.operators.length;
        if (work > MAX_WORK) break;
        const found = rewritten(graph, tried, constants);
        const foundCost = costOf(found);
        if (!isLower(foundCost, cost)) continue;
        [best, cost, choices, better] = [found, foundCost, tried, true];
      }
    }
  }
  return cost.transposed < costOf(graph).transposed ? best : graph;
}

export const foldTransposes: Pass = {
  name: "fold_transposes",
  summary: "folds transpositions into the operators around them",
  run,
};
