/** What a descriptor's `read` gets of a node: its operands, in whatever order in memory it asks for. */

import { require } from "../error.ts";
import { ABSENT } from "../graph/graph.ts";
import {
  type Groups,
  groupedShape,
  type Layout,
  permuted,
  plainLayout,
  reorderIndices,
  reshaped,
  shapeOf,
  storedOrder,
} from "../graph/layout.ts";
import { isUncoded, type OnnxOperand, type OnnxReader, type Rearrangement } from "../ops/onnx_spelling.ts";
import { keeps } from "./onnx_coding.ts";
import { type NetNode, type Value, viewOf } from "./onnx_net.ts";
import { constantOperand } from "./onnx_operands.ts";
import type { Store, Stored } from "./onnx_store.ts";
import { companionsOf, together } from "./onnx_together.ts";

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
    const free = node.spelling.floats?.includes(position) ?? isUncoded(value.type);
    require(!!value.coding || free, () => notCoded(value));
    const coding = keeps(node) && value.coding ? node.outputs[0]?.coding : undefined;
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
        const tensor = constantOperand(constant, constant.shape, groups, companionsOf(node));
        return { ...operand(store.add({ ...tensor, name: node.inputs[position]?.name ?? "" })), columns: [] };
      }
      const stored = storedAt(position);
      const { layout } = stored;
      const loose = free === undefined ? undefined : looseGroup(layout, groups, free);
      if (!loose) {
        const columns = free === undefined ? [] : countTo(groupedShape(shapeOf(layout), groups)[free] ?? 1);
        return { ...operand(store.arranged(stored, groups, node.file).id), columns };
      }
      const { id } = store.arranged({ id: stored.id, layout: loose.layout }, groups, node.file);
      return { ...operand(id), columns: loose.columns };
    },
    together: (positions) => together(node, store, storedAt, positions),
    wanted(position) {
      const value = node.outputs[position];
      return value !== undefined && value.name !== "" && wanted(value);
    },
    stateful: store.stateful,
    emit(kind, attributes, inputs, outputs, name, writes = []) {
      const ids = inputs.map((input) => input?.id ?? ABSENT);
      const named = outputs.map((output, index) => ({ ...output, name: index ? `${name}/${index}` : name }));
      const written = writes.map(({ id }) => id);
      return store.emit(store.descriptor(kind), node.file, attributes, ids, named, written).map(operand);
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
    dims: [Array.from(factors.keys())],
  };
  const columns = reorderIndices(
    local,
    sorted.map((factor) => factors.indexOf(factor)),
  );
  return { layout: { sizes: layout.sizes, dims }, columns };
}

/** A value after a file's node rearranged it, step by step: its layout changes, and its bytes where they must. */
export function rearranged(
  stored: Stored,
  steps: readonly Rearrangement[],
  toPlain: (stored: Stored) => Stored,
): Stored {
  return steps.reduce((before, step) => {
    if ("permutation" in step) return { id: before.id, layout: permuted(before.layout, step.permutation) };
    const layout = reshaped(before.layout, step.shape);
    return layout ? { id: before.id, layout } : { id: toPlain(before).id, layout: plainLayout(step.shape) };
  }, stored);
}
