/** The network between import and plan: typed tensors, and operators in an order in which they can run. */

import type { Tensor, TensorId } from "./tensor.ts";

/** Marks an optional input that the model leaves out. */
export const ABSENT: TensorId = -1;

export interface Operator<A = unknown> {
  /** Basename of the operator's descriptor: `conv_2d`. */
  readonly kind: string;
  /** The word the model file uses: `CONV_2D`; for messages. */
  readonly spelling: string;
  /** The name of the operator, taken from its first output; for messages and the report. */
  readonly name: string;
  /** Index in the model file; for messages. */
  readonly index: number;
  /** Activations and constants, in the order that the descriptor documents; may hold `ABSENT`. */
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
  /** What the descriptor's `read` made of the file's options. */
  readonly attributes: A;
  /** Set where it computes only some rows of what the file's operator does: the first of them, and the one behind the last. */
  readonly band?: readonly [first: number, end: number];
}

export interface Graph {
  /** Name of the model, an identifier: `kws`. */
  readonly name: string;
  /** Name of the file it came from; for messages. */
  readonly file: string;
  readonly tensors: readonly Tensor[];
  /** Topologically ordered. */
  readonly operators: readonly Operator[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

/** An operator together with its tensors: what a descriptor gets to see. */
export interface Layer<A = unknown> {
  readonly operator: Operator<A>;
  readonly attributes: A;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
}

/** The tensor with this id. Throws a `RangeError` on an id that the graph does not have: a bug of ours. */
export function tensorAt(graph: Pick<Graph, "tensors">, id: TensorId): Tensor {
  const tensor = graph.tensors[id];
  if (!tensor) throw new RangeError(`no tensor ${id} in a graph of ${graph.tensors.length}`);
  return tensor;
}

/** Binds an operator to its tensors. */
export function layerOf<A>(graph: Pick<Graph, "tensors">, operator: Operator<A>): Layer<A> {
  return {
    operator,
    attributes: operator.attributes,
    inputs: operator.inputs.map((id) => (id === ABSENT ? undefined : tensorAt(graph, id))),
    outputs: operator.outputs.map((id) => tensorAt(graph, id)),
  };
}

/** Where an operator stands, for messages: `kws.tflite: operator 7 (CONV_2D "c3")`. */
export function placeOf(graph: Pick<Graph, "file">, operator: Omit<Operator, "attributes">): string {
  return `${graph.file}: operator ${operator.index} (${operator.spelling} "${operator.name}")`;
}
