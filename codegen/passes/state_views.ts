/**
 * Whether tensors may share memory with state, which is written again and again: both graphs run on tokens, one for every
 * byte that an operator writes, and each operator has to read the same ones.
 */

import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { type TensorId, tensorBytes } from "../graph/tensor.ts";
import { descriptorOf } from "../ops/index.ts";
import { placeOf } from "../plan/storage.ts";

/** Most bytes that operators read and write, all together: beyond it, state shares no memory. */
const MAX_BYTES = 2 ** 20;

/** What each operator reads, and what the outputs and the state hold in the end. */
interface Trace {
  readonly reads: ReadonlyMap<Operator, readonly Float64Array[]>;
  readonly end: readonly Float64Array[];
}

/** The state tensors that share memory with `root`. */
export function statesIn(graph: Graph, root: TensorId): TensorId[] {
  return graph.tensors.flatMap(({ state }, id) => (state && placeOf(graph, id).root === root ? [id] : []));
}

/** `graph` with those operators that write nothing but the state in `root` behind all others that use its memory. */
export function writingLast(graph: Graph, root: TensorId): Graph {
  const states = new Set(statesIn(graph, root));
  const isWriter = ({ outputs }: Operator) => outputs.length > 0 && outputs.every((id) => states.has(id));
  const uses = ({ inputs, outputs }: Operator) =>
    [...inputs, ...outputs].some((id) => id >= 0 && placeOf(graph, id).root === root);
  const others = graph.operators.filter((operator) => !isWriter(operator));
  const last = others.findLastIndex(uses);
  const writers = graph.operators.filter(isWriter);
  return { ...graph, operators: [...others.slice(0, last + 1), ...writers, ...others.slice(last + 1)] };
}

/**
 * Whether `after`, which is `before` with more views, fewer operators or another order of them, computes the same. False
 * also where that would take too long to tell, and where an operator would write what it reads.
 */
export function sameWithViews(before: Graph, after: Graph): boolean {
  const work = before.operators.reduce(
    (sum, operator) =>
      sum + activations(before, operator).reduce((bytes, id) => bytes + tensorBytes(tensorAt(before, id)), 0),
    0,
  );
  if (work > MAX_BYTES || after.operators.some((operator) => overwritesItself(after, operator))) return false;
  const wanted = traceOf(before);
  const found = traceOf(after);
  return (
    sameTokens(wanted.end, found.end) &&
    after.operators.every((operator) =>
      sameTokens(wanted.reads.get(operator) ?? [], found.reads.get(operator) ?? []),
    )
  );
}

function activations(graph: Graph, { inputs, outputs }: Operator): TensorId[] {
  return [...inputs, ...outputs].filter((id) => id >= 0 && !tensorAt(graph, id).data);
}

/**
 * Whether an output lies upon another tensor that the operator reads. Only a copy to the same place or to one before it,
 * which runs upwards, may do that.
 */
function overwritesItself(graph: Graph, operator: Operator): boolean {
  const isCopy =
    operator.inputs.length === 1 &&
    operator.outputs.length === 1 &&
    descriptorOf(operator).traits?.copies?.(layerOf(graph, operator)).length === 1;
  return operator.outputs.some((output) => {
    const target = placeOf(graph, output);
    return operator.inputs.some((input) => {
      if (input < 0 || input === output) return false;
      const source = placeOf(graph, input);
      const lead = source.offset - target.offset;
      if (source.root !== target.root) return false;
      if (lead >= tensorBytes(tensorAt(graph, output)) || -lead >= tensorBytes(tensorAt(graph, input)))
        return false;
      return !isCopy || lead < 0;
    });
  });
}

/** A number for each operator: only whether two are the same matters. */
const numbers = new WeakMap<Operator, number>();
let count = 0;

function numberOf(operator: Operator): number {
  const known = numbers.get(operator) ?? ++count;
  numbers.set(operator, known);
  return known;
}

const traces = new WeakMap<Graph, Trace>();

/** The trace of a graph, kept: a pass compares several graphs with one. */
function traceOf(graph: Graph): Trace {
  const known = traces.get(graph) ?? trace(graph);
  traces.set(graph, known);
  return known;
}

/** Runs a graph on tokens. */
function trace(graph: Graph): Trace {
  const memory = new Map<TensorId, Float64Array>();
  const starts: number[] = [];
  let total = 0;
  for (const tensor of graph.tensors) {
    starts.push(total);
    total += tensor.data ? 0 : tensorBytes(tensor);
  }
  const bytesAt = (id: TensorId): Float64Array => {
    const { root, offset } = placeOf(graph, id);
    const known = memory.get(root) ?? new Float64Array(tensorBytes(tensorAt(graph, root)));
    memory.set(root, known);
    return known.subarray(offset, offset + tensorBytes(tensorAt(graph, id)));
  };
  const write = (id: TensorId, round: number) => {
    const first = 1 + (starts[id] ?? 0) + round * total;
    bytesAt(id).forEach((_, at, bytes) => {
      bytes[at] = first + at;
    });
  };
  const states = graph.tensors.flatMap(({ state }, id) => (state ? [id] : []));
  for (const id of [...states, ...graph.inputs]) write(id, 0);

  const reads = new Map<Operator, Float64Array[]>();
  for (const operator of graph.operators) {
    const read = operator.inputs.map((id) =>
      id < 0 || tensorAt(graph, id).data ? new Float64Array() : bytesAt(id).slice(),
    );
    reads.set(operator, read);
    for (const id of operator.outputs) write(id, numberOf(operator));
    for (const { input, output, inside, offset } of descriptorOf(operator).traits?.copies?.(
      layerOf(graph, operator),
    ) ?? []) {
      const source = read[input];
      const target = operator.outputs[output];
      // A constant has no tokens of its own: its copy keeps those of the operator.
      if (!source || source.length === 0 || target === undefined) continue;
      const bytes = bytesAt(target);
      if (inside === "output") bytes.set(source, offset);
      else bytes.set(source.subarray(offset, offset + bytes.length));
    }
  }
  const end = [...graph.outputs, ...states].map((id) =>
    tensorAt(graph, id).data ? new Float64Array() : bytesAt(id).slice(),
  );
  return { reads, end };
}

function sameTokens(wanted: readonly Float64Array[], found: readonly Float64Array[]): boolean {
  return wanted.every((tokens, index) => tokens.every((token, at) => token === found[index]?.[at]));
}
