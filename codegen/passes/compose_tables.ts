/**
 * Makes one table of 256 values of what computes an int8 tensor from another one, element by element: a chain, or several
 * ways that come together again (x · σ(x)), whatever types are on the way. Float32 between DEQUANTIZE and QUANTIZE is gone
 * from the module then.
 */

import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { readersOf, writerOf } from "../graph/rewrite.ts";
import {
  elementCount,
  numbersOf,
  type Tensor,
  type TensorId,
  type Values,
  valuesOf,
} from "../graph/tensor.ts";
import { descriptorOf } from "../ops/index.ts";
import type { Pass } from "./pass.ts";

/** Most operators that become one table. */
const MOST = 64;

const DOMAIN = Int8Array.from({ length: 256 }, (_, index) => index - 128);

/** Who writes and reads the tensors of a graph, while operators are replaced. */
interface Links {
  readonly graph: Graph;
  readonly writers: Map<TensorId, Operator>;
  readonly readers: Map<TensorId, Set<Operator>>;
  /** Where each operator stands. */
  readonly positions: Map<Operator, number>;
}

/** Operators that make one of tensor `input`, in their order. */
interface Cone {
  readonly operators: readonly Operator[];
  readonly input: TensorId;
}

/** The inputs of an operator that are no constants. */
function activationsOf(graph: Graph, operator: Operator): TensorId[] {
  return operator.inputs.filter((id) => id >= 0 && !tensorAt(graph, id).data);
}

/**
 * Whether each element of the output depends on the same elements of the activations, and on nothing else. State may hold
 * something else where the composed operator runs.
 */
function isPointwise(graph: Graph, operator: Operator): boolean {
  const layer = layerOf(graph, operator);
  const { traits } = descriptorOf(operator);
  const [output] = layer.outputs;
  if (!output || layer.outputs.length !== 1) return false;
  if (!traits?.elementwise?.(layer) && !traits?.broadcasts?.(layer)) return false;
  const count = elementCount(output.shape);
  return [...layer.inputs, output].every(
    (tensor) =>
      tensor === undefined || (!tensor.state && elementCount(tensor.shape) === (tensor.data ? 1 : count)),
  );
}

/**
 * The largest cone that ends in `head`. It grows by the last operator before it that only it reads, and is one where it
 * depends on a single tensor of int8.
 */
function coneOf(links: Links, head: Operator): Cone | undefined {
  const { graph, writers, readers, positions } = links;
  const members = new Set([head]);
  const inputs = new Set(activationsOf(graph, head));
  let cone: Cone | undefined;
  for (;;) {
    const [input = -1] = inputs;
    if (members.size > 1 && inputs.size === 1 && tensorAt(graph, input).dtype === "int8")
      cone = { operators: [...members].reverse(), input };
    const [next] = [...inputs]
      .flatMap((id) => writers.get(id) ?? [])
      .filter(
        (writer) =>
          writer.outputs.every(
            (id) =>
              !graph.outputs.includes(id) &&
              [...(readers.get(id) ?? [])].every((reader) => members.has(reader)),
          ) && isPointwise(graph, writer),
      )
      .sort((a, b) => (positions.get(b) ?? 0) - (positions.get(a) ?? 0));
    if (!next || members.size === MOST) return cone;
    members.add(next);
    for (const id of next.outputs) inputs.delete(id);
    for (const id of activationsOf(graph, next)) inputs.add(id);
  }
}

/** The 256 values that a cone makes of the int8 values, by the operators' references. */
function tableOf(graph: Graph, { operators, input }: Cone): number[] {
  const values = new Map<TensorId, Values>([[input, DOMAIN]]);
  const probe = (tensor: Tensor): Tensor => (tensor.data ? tensor : { ...tensor, shape: [DOMAIN.length] });
  let last: Values | undefined;
  for (const operator of operators) {
    const layer = layerOf(graph, operator);
    const inputs = operator.inputs.map((id, position) => {
      const tensor = layer.inputs[position];
      return tensor?.data ? valuesOf(tensor.dtype, tensor.data) : values.get(id);
    });
    const [result] = descriptorOf(operator).evaluate(
      {
        ...layer,
        inputs: layer.inputs.map((tensor) => tensor && probe(tensor)),
        outputs: layer.outputs.map(probe),
      },
      inputs,
    );
    if (result) values.set(operator.outputs[0] ?? -1, result);
    last = result;
  }
  return numbersOf(last);
}

/** Replaces the operators of a cone. */
function compose({ graph, writers, readers, positions }: Links, cone: Cone, head: Operator): void {
  const composed: Operator = {
    ...head,
    kind: "lookup_table",
    spelling: cone.operators.map(({ spelling }) => spelling).join("+"),
    inputs: [cone.input],
    attributes: { table: tableOf(graph, cone) },
  };
  positions.set(composed, positions.get(head) ?? 0);
  for (const member of cone.operators) {
    positions.delete(member);
    for (const id of member.inputs) readers.get(id)?.delete(member);
    for (const id of member.outputs) writers.delete(id);
  }
  for (const id of composed.outputs) writers.set(id, composed);
  readers.get(cone.input)?.add(composed);
}

function run(graph: Graph): Graph {
  const links: Links = {
    graph,
    writers: new Map(writerOf(graph)),
    readers: new Map(Array.from(readersOf(graph), ([id, readers]) => [id, new Set(readers)])),
    positions: new Map(graph.operators.map((operator, position) => [operator, position])),
  };
  for (const operator of graph.operators) {
    const [output] = operator.outputs.map((id) => tensorAt(graph, id));
    if (output?.dtype !== "int8" || !isPointwise(graph, operator)) continue;
    const cone = coneOf(links, operator);
    if (cone) compose(links, cone, operator);
  }
  if (links.positions.size === graph.operators.length) return graph;
  const operators = [...links.positions].sort(([, a], [, b]) => a - b).map(([operator]) => operator);
  return { ...graph, operators };
}

export const composeTables: Pass = {
  name: "compose_tables",
  summary: "makes one table of what computes an int8 tensor from another one element by element",
  run,
};
