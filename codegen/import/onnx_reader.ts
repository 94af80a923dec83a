/** What a descriptor's `read` gets of a node: its operands, in whatever order in memory it asks for. */

import { require } from "../error.ts";
import { ABSENT } from "../graph/graph.ts";
import {
  factorsByAxis,
  type Groups,
  type Layout,
  permuted,
  plainLayout,
  reorderIndices,
  reshaped,
  shapeOf,
  storedBy,
  storedOrder,
  widened,
} from "../graph/layout.ts";
import { bytesOf, elementCount, type Tensor, type Values, zeros } from "../graph/tensor.ts";
import type { Coding, OnnxConstant, OnnxOperand, OnnxReader, OnnxStorage } from "../ops/onnx_spelling.ts";
import { codingFor } from "./onnx_chains.ts";
import { encode } from "./onnx_codes.ts";
import { keeps } from "./onnx_coding.ts";
import { type NetNode, type Value, viewOf } from "./onnx_net.ts";
import { type Store, type Stored, typeOf } from "./onnx_store.ts";

/** Where the values are that were computed before. */
export type Find = (value: Value) => Stored;

/** A reader of one node. */
export function readerOf(
  node: NetNode,
  store: Store,
  find: Find,
  wanted: (value: Value) => boolean,
): OnnxReader {
  const storedAt = (position: number): Stored => {
    const value = node.inputs[position];
    require(!!value && !value.constant, () =>
      `expects input ${position} to be computed, found ${value ? "a constant" : "none"}. Export the model with its constants folded.`);
    const stored = find(value);
    require(!!value.coding || (node.spelling.floats?.includes(position) ?? false), () => notCoded(value));
    const coding = keeps(node) ? node.outputs[0]?.coding : undefined;
    return coding ? store.recoded(stored, coding, node.file) : stored;
  };
  const operand = (id: number): OnnxOperand => ({ id, tensor: store.tensor(id) });
  return {
    ...viewOf(node),
    activation: node.activation,
    ...(node.fold ? { fold: node.fold } : {}),
    order(position) {
      const { id, layout } = storedAt(position);
      return storedOrder(layout, store.tensor(id).shape);
    },
    arranged(position, groups, free) {
      const constant = node.inputs[position]?.constant;
      if (constant) {
        const tensor = constantOperand(constant, constant.shape, groups);
        return { ...operand(store.add({ ...tensor, name: node.inputs[position]?.name ?? "" })), columns: [] };
      }
      const stored = storedAt(position);
      const { layout } = stored;
      const loose = free === undefined ? undefined : looseGroup(layout, groups, free);
      if (!loose) {
        const columns = free === undefined ? [] : countTo(elementCount(sizesOf(layout, groups[free] ?? [])));
        return { ...operand(store.arranged(stored, groups, node.file).id), columns };
      }
      const { id } = store.arranged({ id: stored.id, layout: loose.layout }, loose.groups, node.file);
      return { ...operand(id), columns: loose.columns };
    },
    together: (positions) =>
      together(
        node,
        store,
        positions.map((position) => node.inputs[position]),
        storedAt,
        positions,
      ),
    wanted(position) {
      const value = node.outputs[position];
      return value !== undefined && value.name !== "" && wanted(value);
    },
    emit(kind, attributes, inputs, outputs, name) {
      const ids = inputs.map((input) => input?.id ?? ABSENT);
      const named = outputs.map((output, index) => ({ ...output, name: index ? `${name}/${index}` : name }));
      return store.emit(store.descriptor(kind), node.file, attributes, ids, named).map(operand);
    },
    constant: (tensor, name) => operand(store.add({ ...tensor, name })),
  };
}

/** What a node is told whose input has no integers. */
function notCoded({ name }: Value): string {
  return `expects quantized inputs, found "${name}" in float32: no QuantizeLinear follows it. Quantize it first: this tensor too, with calibration data (quantize_static).`;
}

function countTo(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, index) => index);
}

function sizesOf(layout: Layout, dims: readonly number[]): number[] {
  const shape = shapeOf(layout);
  return dims.map((dim) => shape[dim] ?? 1);
}

/**
 * A layout in which the dimensions of group `free` are those in which it lies in memory, whatever their order, and for
 * each place of the group the file's index. `undefined` where the group lies in the file's order.
 */
function looseGroup(layout: Layout, groups: Groups, free: number) {
  const factors = (groups[free] ?? []).flatMap((dim) => layout.dims[dim] ?? []);
  const sorted = [...factors].sort((a, b) => a - b);
  if (sorted.join() === factors.join()) return undefined;
  // Of the group's dimensions one is left, which holds the factors as they lie in memory.
  const [kept = 0] = groups[free] ?? [];
  const dims = layout.dims.map((dim, index) =>
    index === kept ? sorted : groups[free]?.includes(index) ? [] : dim,
  );
  const local = {
    sizes: factors.map((factor) => layout.sizes[factor] ?? 1),
    dims: [countList(factors.length)],
  };
  const columns = reorderIndices(
    local,
    sorted.map((factor) => factors.indexOf(factor)),
  );
  return { layout: { sizes: layout.sizes, dims }, groups, columns };
}

function countList(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Brings operands that broadcast with each other into one order: that of the first that has the result's shape. */
function together(
  node: NetNode,
  store: Store,
  values: readonly (Value | undefined)[],
  storedAt: (position: number) => Stored,
  positions: readonly number[],
): { operands: OnnxOperand[]; storage: OnnxStorage } {
  const shape = node.outputs[0]?.shape ?? [];
  const wide = (stored: Stored): Stored => ({
    id: stored.id,
    layout: widened(stored.layout, shape.length - stored.layout.dims.length),
  });
  const operands = positions.map((position, k) => {
    const value = values[k];
    return value?.constant ? value.constant : wide(storedAt(position));
  });
  const computed = operands.filter((entry): entry is Stored => "id" in entry);
  const whole = computed.filter(({ layout }) => shapeOf(layout).join() === shape.join());
  const isPlain = ({ layout }: Stored) => layout.dims.flat().every((factor, index) => factor === index);
  const model = whole.find((entry) => !isPlain(entry)) ?? whole[0];
  const layout = model?.layout ?? plainLayout(shape);
  const axes = commonAxes(layout, model ? store.tensor(model.id).shape : shape, operands);
  const stored = axes.map((axis) => elementCount(axis.map((factor) => layout.sizes[factor] ?? 1)));
  return {
    operands: operands.map((entry, k): OnnxOperand => {
      const spread = spreadOf(layout, "id" in entry ? shapeOf(entry.layout) : entry.shape);
      const groups = axes.map((axis) => axis.map((factor) => spread.places[factor] ?? 0));
      const name = values[k]?.name ?? "";
      if (!("id" in entry)) {
        const tensor = constantOperand(entry, spread.shape, groups);
        return { id: store.add({ ...tensor, name }), tensor: { ...tensor, name } };
      }
      const fine = reshaped(entry.layout, spread.shape);
      const refined: Stored = fine
        ? { id: entry.id, layout: fine }
        : { id: store.plain(entry, node.file).id, layout: plainLayout(spread.shape) };
      const { id } = store.arranged(refined, groups, node.file);
      return { id, tensor: store.tensor(id) };
    }),
    storage: { layout, stored },
  };
}

/** Factors that are one dimension of all operands: as the model stores them, or each on its own where they don't agree. */
function commonAxes(
  layout: Layout,
  stored: readonly number[],
  operands: readonly (Stored | OnnxConstant)[],
): number[][] {
  const apart = layout.sizes.map((_, factor) => [factor]);
  const axes = factorsByAxis(layout, stored);
  if (!axes) return apart;
  const agree = operands.every((entry) => {
    const { shape, places } = spreadOf(layout, "id" in entry ? shapeOf(entry.layout) : entry.shape);
    return axes.every((axis) => new Set(axis.map((factor) => shape[places[factor] ?? 0] === 1)).size <= 1);
  });
  return agree ? axes : apart;
}

/** A shape that broadcasts with a layout's, with one dimension a factor, and where each factor is in it. */
function spreadOf(layout: Layout, shape: readonly number[]): { shape: number[]; places: number[] } {
  const places: number[] = [];
  const spread: number[] = [];
  const extra = layout.dims.length - shape.length;
  layout.dims.forEach((dim, d) => {
    const repeats = (shape[d - extra] ?? 1) === 1;
    for (const factor of dim) {
      places[factor] = spread.length;
      spread.push(repeats ? 1 : (layout.sizes[factor] ?? 1));
    }
  });
  return { shape: spread, places };
}

/** A constant operand in the order of its groups, as int8: the file's integers, or the nearest of its real numbers. */
function constantOperand(
  constant: OnnxConstant,
  shape: readonly number[],
  groups: Groups,
): Omit<Tensor, "name"> {
  const layout = plainLayout(shape);
  const indices = reorderIndices(layout, storedBy(layout, groups));
  const { coding, values } = integersOf(constant);
  const result = zeros(coding.dtype, indices.length);
  indices.forEach((from, to) => {
    result[to] = values[from] ?? 0;
  });
  const stored = groups.map((group) => elementCount(group.map((dim) => shape[dim] ?? 1)));
  return { shape: stored, ...typeOf(coding), data: bytesOf(result) };
}

/** The integers of a constant operand: int8, or int16 where the file has those. */
function integersOf({ values, coded }: OnnxConstant): { coding: Coding; values: Values | Float64Array } {
  const scale = coded?.scales[0] ?? 1;
  const zero = coded?.zeroPoints[0] ?? 0;
  if (coded?.scales.length === 1) {
    const { integers, type } = coded;
    if (type === "int8" || type === "int16")
      return { coding: { dtype: type, scale, zeroPoint: zero }, values: Float64Array.from(integers) };
    if (type === "uint8")
      return {
        coding: { dtype: "int8", scale, zeroPoint: zero - 128 },
        values: Float64Array.from(integers, (value) => value - 128),
      };
  }
  let [low, high] = [0, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const coding = codingFor(low, high);
  return { coding, values: Float64Array.from(values, (value) => encode(value, coding)) };
}

/** The layout after a file's node rearranged a value: a transposition, or another shape. */
export function rearranged(
  stored: Stored,
  arrangement: readonly number[] | "regroup",
  shape: readonly number[],
  toPlain: (stored: Stored) => Stored,
): Stored {
  if (arrangement !== "regroup") return { id: stored.id, layout: permuted(stored.layout, arrangement) };
  const layout = reshaped(stored.layout, shape);
  return layout ? { id: stored.id, layout } : { id: toPlain(stored).id, layout: plainLayout(shape) };
}
