/** What each kind of operator does with inputs that lie in memory in another order of dimensions. */

import { OperatorFault } from "../../error.ts";
import { type Layer, layerOf, type Operator, tensorAt } from "../../graph/graph.ts";
import {
  isRowMajor,
  memoryOrder,
  permuted,
  reshaped,
  rowMajor,
  type Strided,
  spread,
  transposed,
} from "../../graph/strides.ts";
import { type TensorId, tensorBytes } from "../../graph/tensor.ts";
import { type BatchMatmulAttributes, layoutsOf } from "../../ops/batch_matmul.ts";
import type { ProductLayouts } from "../../ops/families/matrix_product.ts";
import { activationInput } from "../../ops/families/unary_table.ts";
import { descriptorOf } from "../../ops/index.ts";
import type { TransposeAttributes } from "../../ops/transpose.ts";
import type { Rewriting, Seen } from "./rewriting.ts";

/**
 * How the output of a product lies in memory: as its own indices count, as a TRANSPOSE behind it wants it, or row by row as
 * its left operand or column by column as its right one, so that it may take the place of what it no longer needs.
 */
export const OUTPUT_LAYOUTS = ["wanted", "x", "y", "ordinary"] as const;
export type OutputLayout = (typeof OUTPUT_LAYOUTS)[number];

/** What the search decides. */
export interface Choices {
  /** TRANSPOSEs that copy, instead of only changing how their input is seen. */
  readonly copying: ReadonlySet<Operator>;
  /** Operators that broadcast which do not take the order that lets least be copied for them, but the next one. */
  readonly secondBest: ReadonlySet<Operator>;
  /** How the outputs of products lie in memory. */
  readonly outputs: ReadonlyMap<Operator, OutputLayout>;
  /** How a TRANSPOSE behind a product wants its output. */
  readonly wanted: ReadonlyMap<Operator, Strided>;
}

/** Rewrites an operator with one output, none of its tensors being state; false where it has to be kept as it is. */
type Rule = (rewriting: Rewriting, operator: Operator, layer: Layer, choices: Choices) => boolean;

function isTranspose(operator: Operator): operator is Operator<TransposeAttributes> {
  return operator.kind === "transpose";
}

function isProduct(operator: Operator): operator is Operator<BatchMatmulAttributes> {
  return operator.kind === "batch_matmul";
}

export { isProduct, isTranspose };

/** The only output of an operator. */
const outputOf = ({ outputs }: Operator): TensorId => outputs[0] ?? -1;

/** Whether moved bytes mean the same after the move. */
function keepsNumbers({ inputs, outputs }: Layer): boolean {
  const numbers = JSON.stringify(outputs[0]?.quantization);
  return JSON.stringify(inputs[0]?.quantization) === numbers;
}

/**
 * Emits `operator` with other inputs, its output in a tensor that has the dimensions `order` of the original one; false
 * where the operator's rules don't allow that.
 */
function emit(
  rewriting: Rewriting,
  operator: Operator,
  change: Partial<Operator>,
  { shape, seen }: { readonly shape: readonly number[]; readonly seen: Strided },
): boolean {
  const id = outputOf(operator);
  const output = rewriting.tensor(id, shape);
  const changed = { ...operator, ...change, outputs: [output] };
  try {
    descriptorOf(changed).check(layerOf(rewriting, changed));
  } catch (error) {
    if (error instanceof OperatorFault) return false;
    throw error;
  }
  rewriting.operators.push(changed);
  rewriting.see(id, { id: output, layout: seen });
  return true;
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

/** A layout with further dimensions of 1 before its own. */
function aligned({ shape, strides }: Strided, rank: number): Strided {
  const ones = Array.from({ length: rank - shape.length }, () => 1);
  return { shape: [...ones, ...shape], strides: [...ones.map(() => 0), ...strides] };
}

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

/** Where an operand's matrices lie, among the batches of the product, in the order of its memory. */
function outerOrder(operand: Strided, output: Strided, matrixDimension: number): number[] | undefined {
  const rank = output.shape.length;
  const { shape, strides } = aligned(operand, rank);
  const batches = shape.slice(0, -2).join() === output.shape.slice(0, -2).join();
  const kept = output.shape.map((_, d) => d).filter((d) => d < rank - 2 || d === matrixDimension);
  const order = memoryOrder({ shape, strides })?.filter((d) => kept.includes(d));
  return batches ? order : undefined;
}

/** How a product's output is to lie in memory. */
function outputLayout(layouts: ProductLayouts, way: OutputLayout | undefined, wanted?: Strided): Strided {
  const { x, y, output } = layouts;
  const [row, column] = [output.shape.length - 2, output.shape.length - 1];
  if (way === "wanted" && wanted) return wanted;
  const order =
    way === "x" ? outerOrder(x, output, row) : way === "y" ? outerOrder(y, output, column) : undefined;
  return order ? spread(output.shape, [...order, way === "x" ? column : row]) : output;
}

/** Products read and write in any order. */
const products: Rule = (rewriting, operator, layer, { wanted, outputs }) => {
  if (!isProduct(operator) || operator.attributes.layouts) return false;
  const { adjX, adjY } = operator.attributes;
  const [x, y] = operator.inputs.map((id) => rewriting.seen(id));
  const { output } = layoutsOf(layer as Layer<BatchMatmulAttributes>);
  if (!x || !y || output.shape.join() !== layer.outputs[0]?.shape.join()) return false;
  const operand = ({ layout }: Seen, exchanged: boolean) => (exchanged ? transposed(layout) : layout);
  const operands = { x: operand(x, adjX), y: operand(y, adjY) };
  const to = outputLayout({ ...operands, output }, outputs.get(operator), wanted.get(operator));
  if ([x.layout, y.layout, to].every(isRowMajor)) return false;
  const layouts = { ...operands, output: to };
  const order = memoryOrder(to) ?? [];
  const change = { inputs: [x.id, y.id], attributes: { ...operator.attributes, layouts } };
  return emit(rewriting, operator, change, { shape: order.map((d) => to.shape[d] ?? 1), seen: to });
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
