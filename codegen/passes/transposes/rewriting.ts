/** A graph in the making whose tensors may lie in memory in another order of dimensions than the original ones. */

import { ABSENT, type Graph, type Operator, tensorAt } from "../../graph/graph.ts";
import { isRowMajor, memoryOrder, rowMajor, type Strided } from "../../graph/strides.ts";
import { elementBytes, elementCount, type Tensor, type TensorId } from "../../graph/tensor.ts";

/** Where the elements of an original tensor are: in tensor `id`, whose memory is seen under the original's dimensions. */
export interface Seen {
  readonly id: TensorId;
  readonly layout: Strided;
}

/** Names an emitted operator after the one that asked for it. */
type Place = Pick<Operator, "name" | "index">;

/** Bytes of constants in other orders, by the bytes as they were and by layout. */
export type ArrangedConstants = Map<Uint8Array, Map<string, Uint8Array>>;

export class Rewriting {
  readonly tensors: Tensor[];
  readonly operators: Operator[] = [];
  readonly #seen = new Map<TensorId, Seen>();
  readonly #copies = new Map<string, TensorId>();

  constructor(
    readonly original: Graph,
    readonly constants: ArrangedConstants,
  ) {
    this.tensors = [...original.tensors];
  }

  /** Where an original tensor's elements are. */
  seen(id: TensorId): Seen {
    return this.#seen.get(id) ?? { id, layout: rowMajor(tensorAt(this.original, id).shape) };
  }

  /** Says that an original tensor's elements are somewhere else, or in another order, than its own memory. */
  see(id: TensorId, seen: Seen): void {
    this.#seen.set(id, seen);
  }

  /** A further activation, quantized as tensor `like`. */
  tensor(like: TensorId, shape: readonly number[]): TensorId {
    const { name, dtype, quantization } = tensorAt(this, like);
    return this.tensors.push({ name, shape, dtype, ...(quantization && { quantization }) }) - 1;
  }

  /** The elements of an original tensor in the order of their indices. */
  plain(id: TensorId, place: Place): TensorId {
    const { id: base, layout } = this.seen(id);
    return this.arranged(base, layout, place);
  }

  /** The elements of tensor `base` in the order of the indices of `layout`, which says where they are, with its shape. */
  arranged(base: TensorId, layout: Strided, place: Place): TensorId {
    const { shape, data } = tensorAt(this, base);
    const copies = !isRowMajor(layout);
    if (!copies && shape.join() === layout.shape.join()) return base;
    const key = `${base}:${layout.shape}:${layout.strides}`;
    const known = this.#copies.get(key);
    if (known !== undefined) return known;
    const made = this.tensor(base, layout.shape);
    this.#copies.set(key, made);
    if (data) this.tensors[made] = { ...tensorAt(this, made), data: this.#gathered(data, base, layout) };
    else this.#copy(base, layout, made, place);
    return made;
  }

  /** The bytes of a constant in the order of the indices of `layout`; found once for all rewritings of a graph. */
  #gathered(data: Uint8Array, base: TensorId, layout: Strided): Uint8Array {
    const orders = this.constants.get(data) ?? new Map<string, Uint8Array>();
    this.constants.set(data, orders);
    const key = `${layout.shape}:${layout.strides}`;
    const found = orders.get(key) ?? gathered(tensorAt(this, base), layout);
    orders.set(key, found);
    return found;
  }

  /** Emits what brings the elements of `base` into tensor `to`. */
  #copy(base: TensorId, layout: Strided, to: TensorId, place: Place): void {
    if (isRowMajor(layout)) {
      this.#emit("reshape", {}, base, to, place);
      return;
    }
    const order = memoryOrder(layout) ?? [];
    const from = this.arranged(base, rowMajor(order.map((d) => layout.shape[d] ?? 1)), place);
    this.#emit("transpose", { permutation: layout.shape.map((_, d) => order.indexOf(d)) }, from, to, place);
  }

  #emit(kind: string, attributes: unknown, from: TensorId, to: TensorId, { name, index }: Place): void {
    const spelling = kind.toUpperCase();
    this.operators.push({ kind, spelling, name, index, inputs: [from], outputs: [to], attributes });
  }

  /** Keeps an operator as it was: it reads and writes elements in the order of their indices. */
  keep(operator: Operator): void {
    const inputs = operator.inputs.map((id) => (id === ABSENT ? id : this.plain(id, operator)));
    this.operators.push({ ...operator, inputs });
  }

  /** The graph as rewritten; what gives an output of the network gives it in its own tensor. */
  graph(): Graph {
    this.original.outputs.forEach((id, index) => {
      const { id: base, layout } = this.seen(id);
      if (base !== id) this.#copy(base, layout, id, { name: tensorAt(this, id).name, index });
    });
    const { tensors, operators } = this;
    return { ...this.original, tensors, operators };
  }
}

/** The bytes of a constant's elements in the order of their indices in `layout`. */
function gathered({ data = new Uint8Array(), dtype }: Tensor, { shape, strides }: Strided): Uint8Array {
  const size = elementBytes(dtype);
  const result = new Uint8Array(elementCount(shape) * size);
  const counts = rowMajor(shape).strides;
  for (let to = 0; to < elementCount(shape); to++) {
    const from = shape.reduce(
      (at, count, d) => at + (Math.floor(to / (counts[d] ?? 1)) % count) * (strides[d] ?? 0),
      0,
    );
    result.set(data.subarray(from * size, (from + 1) * size), to * size);
  }
  return result;
}
