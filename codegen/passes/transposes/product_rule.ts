/** Products of matrices read and write in any order of dimensions: transpositions become their strides. */

import type { Layer, Operator } from "../../graph/graph.ts";
import { isRowMajor, memoryOrder, type Strided, spread, transposed } from "../../graph/strides.ts";
import { type BatchMatmulAttributes, layoutsOf } from "../../ops/batch_matmul.ts";
import type { ProductLayouts } from "../../ops/families/matrix_product.ts";
import type { Seen } from "./rewriting.ts";
import { aligned, emit, type OutputLayout, type Rule } from "./rule.ts";

export function isProduct(operator: Operator): operator is Operator<BatchMatmulAttributes> {
  return operator.kind === "batch_matmul";
}

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

export const products: Rule = (rewriting, operator, layer, { wanted, outputs }) => {
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
