/** Computes what depends on constants and shapes only: the arithmetic that exporters leave around the network. */

import { OperatorFault, require } from "../error.ts";
import { permuted, plainLayout, reorderIndices, shapeOf } from "../graph/layout.ts";
import { elementCount } from "../graph/tensor.ts";
import { forEachBroadcast } from "../ops/families/broadcast.ts";
import { flatIndex, indicesOf } from "../ops/families/index_space.ts";
import type {
  Combination,
  Numbers,
  OnnxConstant,
  OnnxNode,
  OnnxSpelling,
  OnnxType,
  Rearrangement,
} from "../ops/onnx_spelling.ts";
import { numbersFor } from "./onnx_tensor.ts";

/** Elements that may be computed at import: no network has more, damaged files may ask for them. */
const MAX_WORK = 2 ** 25;

const WHOLE: readonly OnnxType[] = ["int64", "uint64", "int32", "uint32", "int16", "uint16", "int8", "uint8"];

/** Counts elements that are computed, and refuses what would take forever. */
export class Work {
  #elements = 0;

  spend(elements: number): void {
    this.#elements += elements;
    if (!(this.#elements <= MAX_WORK))
      throw new OperatorFault(
        `expects at most ${MAX_WORK} computed constants, found ${this.#elements}. The file may be damaged; re-export it with its constants folded.`,
      );
  }
}

/** An operator that only makes constants: each output from the inputs' values and shapes. */
type Maker = (node: OnnxNode, work: Work) => OnnxConstant;

function constantOf(node: OnnxNode, position: number): OnnxConstant {
  const constant = node.inputs[position]?.constant;
  require(!!constant, () =>
    `expects input ${position} to be constant, found a computed one. Export the model with fixed shapes.`);
  return constant;
}

/** A list of int64 numbers. */
export function wholeNumbers(values: readonly number[], shape: readonly number[]): OnnxConstant {
  return { shape, type: "int64", values: Float64Array.from(values) };
}

/** Those operators that need no activations, only shapes; they have no descriptor. */
const MAKERS: ReadonlyMap<string, Maker> = new Map<string, Maker>([
  [
    "Constant",
    (node) => {
      const tensor = node.tensor("value");
      if (tensor) return tensor;
      const [whole, real] = [node.integers("value_ints"), node.floats("value_floats")];
      if (whole) return wholeNumbers(whole, [whole.length]);
      if (real) return { shape: [real.length], type: "float32", values: Float32Array.from(real) };
      const number = node.float("value_float", Number.NaN);
      if (Number.isNaN(number)) return wholeNumbers([node.integer("value_int", 0)], []);
      return { shape: [], type: "float32", values: Float32Array.of(number) };
    },
  ],
  [
    "Shape",
    (node) => {
      const shape = node.inputs[0]?.shape ?? [];
      const sizes = shape.slice(node.integer("start", 0), node.integer("end", shape.length));
      return wholeNumbers(sizes, [sizes.length]);
    },
  ],
  ["Size", (node) => wholeNumbers([elementCount(node.inputs[0]?.shape ?? [])], [])],
  [
    "ConstantOfShape",
    (node, work) => {
      const shape = Array.from(constantOf(node, 0).values);
      work.spend(elementCount(shape));
      const value = node.tensor("value");
      const type = value?.type ?? "float32";
      return { shape, type, values: numbersFor(type, elementCount(shape)).fill(value?.values[0] ?? 0) };
    },
  ],
  [
    "Range",
    (node, work) => {
      const [start = 0, limit = 0, step = 1] = [0, 1, 2].map(
        (position) => constantOf(node, position).values[0],
      );
      const count = Math.max(0, Math.ceil((limit - start) / step));
      work.spend(count);
      const type = constantOf(node, 0).type;
      const values = numbersFor(type, count).map((_: number, index: number) => start + index * step);
      return { shape: [count], type, values };
    },
  ],
  [
    "Trilu",
    (node, work) => {
      const source = constantOf(node, 0);
      const { shape, type } = source;
      const [rows = 1, columns = 1] = shape.slice(-2);
      const diagonal = node.inputs[1] ? (constantOf(node, 1).values[0] ?? 0) : 0;
      const upper = node.integer("upper", 1) !== 0;
      work.spend(elementCount(shape));
      const values = source.values.map((value: number, index: number) => {
        const offset = (index % columns) - (Math.floor(index / columns) % rows) - diagonal;
        return (upper ? offset >= 0 : offset <= 0) ? value : 0;
      });
      return { shape, type, values };
    },
  ],
]);

/** The operator that makes constants only of this name. */
export function makerOf(domain: string, type: string): Maker | undefined {
  return domain === "" ? MAKERS.get(type) : undefined;
}

/** Whether `fold` can compute an operator spelled so where all its inputs are constant. */
export function folds({ real, channelwise, rearranges, moves, combines }: OnnxSpelling<unknown>): boolean {
  return !channelwise && !!(real ?? rearranges ?? moves ?? combines);
}

/** Every output of a node whose inputs are constant. */
export function fold(node: OnnxNode, spelling: OnnxSpelling<unknown>, work: Work): OnnxConstant[] {
  const shapes = spelling.shapes(node);
  for (const shape of shapes) work.spend(elementCount(shape) * Math.max(1, shape.length));
  const [shape = []] = shapes;
  if (spelling.real) {
    const type = spelling.type?.(node, 0) ?? node.inputs[0]?.type ?? "float32";
    return [elementwise(node, shape, type, spelling.real(node))];
  }
  if (spelling.combines) {
    work.spend(elementCount(node.inputs[0]?.shape ?? []));
    return [combined(constantOf(node, 0), shape, spelling.combines(node))];
  }
  const steps = spelling.rearranges?.(node);
  if (steps) return [steps.reduce<OnnxConstant>(rearrangedConstant, constantOf(node, 0))];
  const sources = node.inputs.map((input) => input?.constant).filter((constant) => constant !== undefined);
  const from = spelling.moves?.(node);
  if (!from) throw new RangeError(`${spelling.name} can't be folded`);
  return shapes.map((outer, output) => {
    const walk = indicesOf(outer);
    return picked(sources, outer, elementCount(outer), () => from(output, walk.next().value ?? []));
  });
}

function rearrangedConstant(source: OnnxConstant, step: Rearrangement): OnnxConstant {
  if ("shape" in step) return { ...source, shape: step.shape };
  const layout = plainLayout(source.shape);
  const turned = permuted(layout, step.permutation);
  const indices = reorderIndices(layout, turned.dims.flat());
  return picked([source], shapeOf(turned), indices.length, (index) => [0, indices[index] ?? 0]);
}

function elementwise(
  node: OnnxNode,
  shape: readonly number[],
  type: OnnxType,
  real: (...operands: number[]) => number,
): OnnxConstant {
  const values = numbersFor(type, elementCount(shape));
  const whole = WHOLE.includes(type);
  const lists = node.inputs.map((input) => input?.constant?.values ?? []);
  // The result's own shape goes along, so that its elements are all there.
  const shapes = [...node.inputs.map((input) => input?.shape ?? []), shape];
  forEachBroadcast(shapes, (indices, output) => {
    const result = real(...lists.map((list, operand) => list[indices[operand] ?? 0] ?? Number.NaN));
    values[output] = whole ? Math.trunc(result) : result;
  });
  return { shape, type, values };
}

/** Each element of the result from those of the constant that it is made of. */
function combined(
  { type, values, shape }: OnnxConstant,
  result: readonly number[],
  { axes, combine }: Combination,
): OnnxConstant {
  const kept = shape.map((size, d) => (axes.includes(d) ? 1 : size));
  const lists = Array.from({ length: elementCount(kept) }, (): number[] => []);
  let at = 0;
  for (const index of indicesOf(shape)) {
    const place = flatIndex(
      kept,
      index.map((i, d) => (axes.includes(d) ? 0 : i)),
    );
    lists[place]?.push(values[at] ?? 0);
    at += 1;
  }
  const results = numbersFor(type, lists.length);
  lists.forEach((list, place) => {
    results[place] = combine(list);
  });
  return { shape: result, type, values: results };
}

/** A constant each element of which is one of `sources`: its values, and the integers behind them. */
function picked(
  sources: readonly OnnxConstant[],
  shape: readonly number[],
  count: number,
  from: (index: number) => readonly [source: number, at: number],
): OnnxConstant {
  const type = sources[0]?.type ?? "float32";
  const values = numbersFor(type, count);
  const coded = sources.length === 1 ? sources[0]?.coded : undefined;
  const integers = coded && numbersFor(coded.type, count);
  const which = coded?.which && new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    const [source, at] = from(index);
    values[index] = sources[source]?.values[at] ?? 0;
    if (integers) integers[index] = coded.integers[at] ?? 0;
    if (which) which[index] = coded?.which?.[at] ?? 0;
  }
  if (!coded || !integers) return { shape, type, values };
  return {
    shape,
    type,
    values,
    coded: { ...coded, integers, ...(which ? { which: which as Numbers } : {}) },
  };
}
