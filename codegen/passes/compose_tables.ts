/** Composes chains of int8 elementwise operators into one table of 256 values. */

import { type Graph, layerOf, type Operator } from "../graph/graph.ts";
import { readersOf } from "../graph/rewrite.ts";
import type { TensorId } from "../graph/tensor.ts";
import { activationInput, tableOf } from "../ops/families/unary_table.ts";
import { descriptorOf } from "../ops/index.ts";
import type { Pass } from "./pass.ts";

/**
 * An operator as a function of one tensor; `undefined` where it is not one from int8 to int8. Nor of state, which may hold
 * something else where the composed operator runs.
 */
function elementwise(graph: Graph, operator: Operator): { input: TensorId; table: Int8Array } | undefined {
  const descriptor = descriptorOf(operator);
  const layer = layerOf(graph, operator);
  if (!descriptor.traits?.elementwise?.(layer)) return undefined;
  const position = activationInput(layer);
  const input = operator.inputs[position];
  if (input === undefined || layer.inputs[position]?.dtype !== "int8" || layer.outputs[0]?.dtype !== "int8")
    return undefined;
  if ([...layer.inputs, ...layer.outputs].some((tensor) => tensor?.state)) return undefined;
  return { input, table: tableOf(layer, descriptor.evaluate) };
}

function run(graph: Graph): Graph {
  const readers = readersOf(graph);
  const operators: Operator[] = [];
  for (const operator of graph.operators) {
    const outer = elementwise(graph, operator);
    const inner = outer && operators.find(({ outputs }) => outputs.includes(outer.input));
    const innerFunction = inner && elementwise(graph, inner);
    const free = outer && !graph.outputs.includes(outer.input) && readers.get(outer.input)?.length === 1;
    if (!outer || !inner || !innerFunction || !free) {
      operators.push(operator);
      continue;
    }
    operators.splice(operators.indexOf(inner), 1);
    operators.push({
      ...operator,
      kind: "lookup_table",
      spelling: `${inner.spelling}+${operator.spelling}`,
      inputs: [innerFunction.input],
      attributes: { table: Array.from(innerFunction.table, (value) => outer.table[value + 128] ?? 0) },
    });
  }
  return operators.length === graph.operators.length ? graph : { ...graph, operators };
}

export const composeTables: Pass = {
  name: "compose_tables",
  summary: "makes one table of a chain of int8 elementwise operators",
  run,
};
