/** What each kind of operator does with inputs that lie in memory in another order of dimensions. */

import { type Layer, type Operator, tensorAt } from "../../graph/graph.ts";
import { isRowMajor, memoryOrder, permuted, reshaped, rowMajor, spread } from "../../graph/strides.ts";
import { tensorBytes } from "../../graph/tensor.ts";
import { activationInput } from "../../ops/families/unary_table.ts";
import { descriptorOf } from "../../ops/index.ts";
import type { TransposeAttributes } from "../../ops/transpose.ts";
import { products } from "./product_rule.ts";
import { aligned, emit, outputOf, type Rule } from "./rule.ts";

export function isTranspose(operator: Operator): operator is Operator<TransposeAttributes> {
  return operator.kind === "transpose";
}

/** Whether moved bytes mean the same after the move. */
function keepsNumbers({ inputs, outputs }: Layer): boolean {
  const numbers = JSON.stringify(outputs[0]?.quantization);
  return JSON.stringify(inputs[0]?.quantization) === numbers;
}

const transposes: Rule = (rewriting, operator, layer, { copying }) => {
  if (!isTranspose(operator) || !keepsNumbers(layer)) return false;
  const { id, layout } = rewriting.seen(operator.inputs[0] ?? -1);
  const seen = permuted(layout, operator.attributes.permutation);
  if (!copying.has(operator)) rewriting.see(outputOf(operator), { id, layout: seen });
  else {
    const copy = rewriting.arranged(id, seen, operator);
    rewriting.see(outputOf(operator), { id: copy, layout: rowMajor(seen.shape) });
  }
  return true;
};

const reshapes: Rule = (rewriting, operator, layer) => {
  if (operator.kind !== "reshape" || !keepsNumbers(layer)) return false;
  const [input = -1] = operator.inputs;
  const shape = layer.outputs[0]?.shape ?? [];
  const { id, layout } = rewriting.seen(input);
  const seen = reshaped(layout, shape);
  if (seen) rewriting.see(outputOf(operator), { id, layout: seen });
  else {
    const copy = rewriting.plain(input, operator);
    rewriting.see(outputOf(operator), { id: copy, layout: rowMajor(shape) });
  }
  return true;
};

/** Functions of one element run on the memory as it is. */
const elementwise: Rule = (rewriting, operator, layer) => {
  if (!descriptorOf(operator).traits?.elementwise?.(layer)) return false;
  const position = activationInput(layer);
  const { id, layout } = rewriting.seen(operator.inputs[position] ?? -1);
  const seen = reshaped(layout, layer.outputs[0]?.shape ?? []);
  if (position < 0 || isRowMajor(layout) || !seen) return false;
  const inputs = operator.inputs.map((input, index) => (index === position ? id : input));
  return emit(rewriting, operator, { inputs }, { shape: tensorAt(rewriting, id).shape, seen });
};

/** Operators that broadcast run in the order of one of their inputs, the one that the others fit in best. */
const broadcasting: Rule = (rewriting, operator, layer, { secondBest }) => {
  const shape = layer.outputs[0]?.shape ?? [];
  const rank = shape.length;
  if (!descriptorOf(operator).traits?.broadcasts?.(layer)) return false;
  const inputs = operator.inputs.map((id) => rewriting.seen(id));
  if (inputs.some(({ layout }) => layout.shape.length > rank)) return false;
  const operands = inputs.map(({ id, layout }) => ({ id, layout: aligned(layout, rank) }));
  /** The dimensions of an order that matter, and the bytes that have to be copied for it. */
  const copied = (order: readonly number[]) =>
    operands.reduce((sum, { id, layout }) => {
      const tensor = tensorAt(rewriting, id);
      return sum + (tensor.data || isRowMajor(permuted(layout, order)) ? 0 : tensorBytes(tensor));
    }, 0);
  const ordinary = shape.map((_, d) => d);
  const orders = operands.flatMap(({ layout }) =>
    layout.shape.join() === shape.join() ? [memoryOrder(layout) ?? ordinary] : [],
  );
  const different = [ordinary, ...orders].filter(
    (a, index, all) => index === all.findIndex((b) => b.join() === a.join()),
  );
  const [first = ordinary, second = first] = different.sort((a, b) => copied(a) - copied(b));
  const best = secondBest.has(operator) ? second : first;
  if (isRowMajor(spread(shape, best))) return false;
  const order = best.filter((d) => shape[d] !== 1);
  const arranged = operands.map(({ id, layout }) =>
    rewriting.arranged(id, permuted(layout, order), operator),
  );
  const made = order.map((d) => shape[d] ?? 1);
  return emit(rewriting, operator, { inputs: arranged }, { shape: made, seen: spread(shape, order) });
};

/** Operators on rows run on the rows in the order in which they lie. */
const rowwise: Rule = (rewriting, operator, layer) => {
  const shape = layer.outputs[0]?.shape ?? [];
  const [input = -1, ...constants] = operator.inputs;
  const { id, layout } = rewriting.seen(input);
  const keeps = layout.shape.slice(0, -1).join() === shape.slice(0, -1).join();
  if (!descriptorOf(operator).traits?.rowwise?.(layer) || isRowMajor(layout) || !keeps) return false;
  const last = shape.length - 1;
  const order = [...(memoryOrder(layout) ?? []).filter((d) => d !== last), last];
  if (!isRowMajor(permuted(layout, order))) return false;
  const rows = rewriting.arranged(id, permuted(layout, order), operator);
  const made = order.map((d) => shape[d] ?? 1);
  return emit(
    rewriting,
    operator,
    { inputs: [rows, ...constants] },
    { shape: made, seen: spread(shape, order) },
  );
};

/** Reductions run over other dimensions of the memory. */
const reductions: Rule = (rewriting, operator, layer) => {
  const reduced = descriptorOf(operator).traits?.reduces?.(layer) ?? [];
  const [input] = operator.inputs;
  const { id, layout } = rewriting.seen(input ?? -1);
  const order = memoryOrder(layout)?.filter((d) => layout.shape[d] !== 1) ?? [];
  const axes = order.flatMap((d, position) => (reduced.includes(d) ? [position] : []));
  if (axes.length === 0 || isRowMajor(layout)) return false;
  const shape = layer.outputs[0]?.shape ?? [];
  const rank = layout.shape.length;
  // Which dimension of the input each of the output's is.
  const dims = layout.shape.map((_, d) => d).filter((d) => shape.length === rank || !reduced.includes(d));
  const kept = order.filter((d) => !reduced.includes(d));
  const change = {
    inputs: [rewriting.arranged(id, permuted(layout, order), operator)],
    attributes: { ...(operator.attributes as object), axes, keepDims: false },
  };
  return emit(rewriting, operator, change, {
    shape: kept.map((d) => layout.shape[d] ?? 1),
    seen: spread(
      shape,
      kept.map((d) => dims.indexOf(d)),
    ),
  });
};

export const RULES: readonly Rule[] = [
  transposes,
  reshapes,
  elementwise,
  broadcasting,
  rowwise,
  reductions,
  products,
];
