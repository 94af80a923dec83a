/** Operands that broadcast with each other, in one order in memory. */

import {
  factorsByAxis,
  groupedShape,
  isPlain,
  type Layout,
  plainLayout,
  reshaped,
  shapeOf,
  widened,
} from "../graph/layout.ts";
import type { OnnxConstant, OnnxOperand, OnnxStorage } from "../ops/onnx_spelling.ts";
import { activationsOf, keeps } from "./onnx_coding.ts";
import type { NetNode } from "./onnx_net.ts";
import { type Companions, constantOperand } from "./onnx_operands.ts";
import type { Store, Stored } from "./onnx_store.ts";

/** Brings operands that broadcast with each other into one order: that of the first that has the result's shape. */
export function together(
  node: NetNode,
  store: Store,
  storedAt: (position: number) => Stored,
  positions: readonly number[],
): { operands: OnnxOperand[]; storage: OnnxStorage } {
  const shape = node.outputs[0]?.shape ?? [];
  const wide = (stored: Stored): Stored => ({
    id: stored.id,
    layout: widened(stored.layout, shape.length - stored.layout.dims.length),
  });
  const operands = positions.map((position) => node.inputs[position]?.constant ?? wide(storedAt(position)));
  const companions = companionsOf(node);
  const computed = operands.filter((entry): entry is Stored => "id" in entry);
  const whole = computed.filter(({ layout }) => shapeOf(layout).join() === shape.join());
  const model = whole.find(({ layout: own }) => !isPlain(own)) ?? whole[0];
  const layout = model?.layout ?? plainLayout(shape);
  const axes = commonAxes(layout, model ? store.tensor(model.id).shape : shape, operands);
  const stored = groupedShape(layout.sizes, axes);
  return {
    operands: operands.map((entry, k): OnnxOperand => {
      const spread = spreadOf(layout, "id" in entry ? shapeOf(entry.layout) : entry.shape);
      const groups = axes.map((axis) => axis.map((factor) => spread.places[factor] ?? 0));
      const name = node.inputs[positions[k] ?? -1]?.name ?? "";
      if (!("id" in entry)) {
        const tensor = constantOperand(entry, spread.shape, groups, companions);
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

/** What constants of a node must have in common with its activations. */
export function companionsOf(node: NetNode): Companions {
  const coding = keeps(node) ? node.outputs[0]?.coding : undefined;
  const computed = activationsOf(node).filter(({ type }) => type !== "bool");
  const [first] = computed;
  const whole = first?.type === "int32" || first?.type === "int64" ? first.type : undefined;
  return { coding, dtype: first?.coding?.dtype ?? whole };
}
