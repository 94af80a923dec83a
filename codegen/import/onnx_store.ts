/** The graph while nodes become operators: tensors, and what it takes to have one in another order, shape or code. */

import { type Coding, codedAs, codingKey, codingOf, encode, realsOf, sameCoding } from "../graph/coding.ts";
import type { Graph, Operator } from "../graph/graph.ts";
import {
  factorsByAxis,
  type Groups,
  groupedLayout,
  groupedShape,
  isStoredBy,
  type Layout,
  plainLayout,
  reordering,
  shapeOf,
  storedBy,
} from "../graph/layout.ts";
import type { Tensor, TensorId } from "../graph/tensor.ts";
import type { Jobs, OperatorDescriptor } from "../ops/descriptor.ts";
import type { FileNode } from "./onnx_model.ts";

/** A tensor of the graph that holds a value of the file, and where the value's dimensions lie in it. */
export interface Stored {
  readonly id: TensorId;
  readonly layout: Layout;
}

/** For whom operators are made: names them in messages. */
export type Place = Pick<FileNode, "type" | "index" | "name">;

/** An operator, its descriptor and the node that it is made for. */
export interface Made {
  readonly operator: Operator;
  readonly descriptor: OperatorDescriptor;
  readonly place: Place;
}

export class Store {
  readonly tensors: Tensor[] = [];
  readonly made: Made[] = [];
  /** Conversions that were made before, by tensor and what it became. */
  readonly #converted = new Map<string, Stored>();

  /** `stateful`: recurrent layers keep their state from one inference to the next. */
  constructor(
    readonly operators: readonly OperatorDescriptor[],
    readonly stateful = false,
  ) {}

  tensor(id: TensorId): Tensor {
    const tensor = this.tensors[id];
    if (!tensor) throw new RangeError(`no tensor ${id}`);
    return tensor;
  }

  add(tensor: Tensor): TensorId {
    return this.tensors.push(tensor) - 1;
  }

  /** Adds an operator with outputs of its own; `writes`: state that it replaces too. */
  emit(
    descriptor: OperatorDescriptor,
    place: Place,
    attributes: unknown,
    inputs: readonly TensorId[],
    outputs: readonly Tensor[],
    writes: readonly TensorId[] = [],
  ): TensorId[] {
    const ids = outputs.map((tensor) => this.add(tensor));
    const operator: Operator = {
      kind: descriptor.kind,
      spelling: place.type,
      name: outputs[0]?.name ?? place.name,
      index: place.index,
      inputs,
      outputs: [...ids, ...writes],
      attributes,
    };
    this.made.push({ operator, descriptor, place });
    return ids;
  }

  /** The operator that does a job, and its attributes for it. */
  job(name: keyof Jobs<unknown>): {
    readonly descriptor: OperatorDescriptor;
    readonly jobs: Partial<Jobs<unknown>>;
  } {
    const descriptor = this.operators.find(({ jobs }) => jobs?.[name]);
    if (!descriptor?.jobs) throw new RangeError(`no operator does the job ${name}`);
    return { descriptor, jobs: descriptor.jobs };
  }

  /** The value stored by `groups`: transposed where it isn't, under another shape where that is all that differs. */
  arranged(stored: Stored, groups: Groups, place: Place): Stored {
    const { layout } = stored;
    const shape = shapeOf(layout);
    const target = groupedShape(shape, groups);
    if (isStoredBy(layout, groups)) return { id: this.#view(stored.id, target, place), layout };
    const key = `${stored.id} ${layout.sizes.join()} ${lists(layout.dims)} by ${lists(groups)}`;
    const known = this.#converted.get(key);
    if (known) return known;
    const arranged = {
      id: this.#reorder(stored, groups, target, place),
      layout: groupedLayout(shape, groups),
    };
    this.#converted.set(key, arranged);
    return arranged;
  }

  /** The value stored as the file shapes it. */
  plain(stored: Stored, place: Place): Stored {
    const groups = stored.layout.dims.map((_, dim) => [dim]);
    return { id: this.arranged(stored, groups, place).id, layout: plainLayout(shapeOf(stored.layout)) };
  }

  /** The tensor under another shape of as many elements. */
  #view(id: TensorId, shape: readonly number[], place: Place): TensorId {
    const tensor = this.tensor(id);
    if (tensor.shape.join() === shape.join()) return id;
    return this.#once(`${id} as ${shape.join()}`, () => {
      const { descriptor, jobs } = this.job("view");
      const output = { ...tensor, name: `${tensor.name}/${shape.join("x")}`, shape };
      return this.emitted(descriptor, place, jobs.view?.(shape), [id], output);
    });
  }

  #reorder({ id, layout }: Stored, groups: Groups, target: readonly number[], place: Place): TensorId {
    const { descriptor, jobs } = this.job("reorder");
    const direct = this.#permutation(id, layout, groups, target);
    const { from, permutation } = direct ?? reordering(layout, storedBy(layout, groups));
    const source = this.#view(id, from, place);
    const tensor = this.tensor(source);
    const shape = permutation.map((dim) => from[dim] ?? 1);
    const output = { ...tensor, name: `${this.tensor(id).name}/${shape.join("x")}`, shape };
    return this.#view(
      this.emitted(descriptor, place, jobs.reorder?.(permutation), [source], output),
      target,
      place,
    );
  }

  /** The transposition of whole dimensions of the stored tensor that gives the target as it is, if there is one. */
  #permutation(
    id: TensorId,
    layout: Layout,
    groups: Groups,
    target: readonly number[],
  ): { readonly from: readonly number[]; readonly permutation: readonly number[] } | undefined {
    const from = this.tensor(id).shape;
    const axes = factorsByAxis(layout, from);
    if (!axes || from.length !== target.length) return undefined;
    const free = axes.flatMap((axis, index) => (axis.length === 0 ? [index] : []));
    const permutation = groups.map((group) => {
      const factors = group.flatMap((dim) => layout.dims[dim] ?? []).join();
      return factors === "" ? (free.shift() ?? -1) : axes.findIndex((axis) => axis.join() === factors);
    });
    return permutation.includes(-1) ? undefined : { from, permutation };
  }

  /** The value in another code; rounded as ONNX rounds. */
  recoded({ id, layout }: Stored, coding: Coding, place: Place): Stored {
    const tensor = this.tensor(id);
    const own = codingOf(tensor);
    if (sameCoding(own, coding)) return { id, layout };
    if (tensor.dtype === "int8" && coding.dtype === "int8") {
      const table = Array.from(realsOf(own), (real) => encode(real, coding));
      return this.mapped({ id, layout }, table, coding, `${tensor.name}/recoded`, place);
    }
    return { id: this.converted(id, coding, `${tensor.name}/recoded`, place), layout };
  }

  /** Other integers for the numbers of a tensor of another type, or of float32. */
  converted(id: TensorId, coding: Coding, name: string, place: Place): TensorId {
    return this.#once(`${id} in ${codingKey(coding)}`, () => {
      const { descriptor, jobs } = this.job("recode");
      const { shape } = this.tensor(id);
      return this.emitted(descriptor, place, jobs.recode?.(), [id], { name, shape, ...codedAs(coding) });
    });
  }

  /** Each element by a table; nothing at all where the table changes neither integers nor code. */
  mapped(
    { id, layout }: Stored,
    table: readonly number[],
    coding: Coding,
    name: string,
    place: Place,
  ): Stored {
    const tensor = this.tensor(id);
    const unchanged = table.every((value, index) => value === index - 128);
    if (unchanged && sameCoding(codingOf(tensor), coding)) return { id, layout };
    const { descriptor, jobs } = this.job("map");
    const output = { name, shape: tensor.shape, ...codedAs(coding) };
    return { id: this.emitted(descriptor, place, jobs.map?.(table), [id], output), layout };
  }

  /** float32 for a tensor's integers. */
  decoded(id: TensorId, name: string, place: Place): TensorId {
    const { descriptor, jobs } = this.job("decode");
    const { shape } = this.tensor(id);
    return this.emitted(descriptor, place, jobs.decode?.(), [id], { name, shape, dtype: "float32" });
  }

  /** The same bytes under another name. */
  renamed(id: TensorId, name: string, place: Place): TensorId {
    const { descriptor, jobs } = this.job("view");
    return this.emitted(descriptor, place, jobs.view?.(this.tensor(id).shape), [id], {
      ...this.tensor(id),
      name,
    });
  }

  graph(frame: Pick<Graph, "name" | "file" | "inputs" | "outputs">): Graph {
    return { ...frame, tensors: this.tensors, operators: this.made.map(({ operator }) => operator) };
  }

  /** Adds an operator with one output of its own. */
  emitted(
    descriptor: OperatorDescriptor,
    place: Place,
    attributes: unknown,
    inputs: readonly TensorId[],
    output: Tensor,
  ): TensorId {
    const [id] = this.emit(descriptor, place, attributes, inputs, [output]);
    if (id === undefined) throw new RangeError("an operator without output");
    return id;
  }

  /** The operator of this kind. */
  descriptor(kind: string): OperatorDescriptor {
    const descriptor = this.operators.find((entry) => entry.kind === kind);
    if (!descriptor) throw new RangeError(`no operator ${kind}`);
    return descriptor;
  }

  #once(key: string, make: () => TensorId): TensorId {
    const known = this.#converted.get(key);
    if (known) return known.id;
    const id = make();
    this.#converted.set(key, { id, layout: { sizes: [], dims: [] } });
    return id;
  }
}

function lists(all: readonly (readonly number[])[]): string {
  return all.map((list) => list.join()).join(" ");
}
