/** How an operator computes some rows of its output at a time: the rows, indices of dimension 1, that it needs for them. */

import { type Graph, layerOf, type Operator } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Layer, RowFlow } from "../ops/descriptor.ts";
import { descriptorOf } from "../ops/index.ts";

export interface Flow extends RowFlow<unknown> {
  /** The positions of inputs that it takes rows of; it takes the others whole. */
  readonly sliced: readonly number[];
}

/** Rows of an activation that lie one after another in memory. */
export function rowsOf({ shape }: Pick<Tensor, "shape">): number {
  return shape[0] === 1 && shape.length > 2 ? (shape[1] ?? 1) : 1;
}

/** The rows that output rows [first, end) of an operator depend on, of an input that has so many. */
export function rowsNeeded(
  { stride, padding, reach }: Flow,
  [first, end]: readonly [number, number],
  rows: number,
): readonly [first: number, end: number] {
  const within = (row: number) => Math.max(0, Math.min(rows, row));
  return [within(first * stride - padding), within((end - 1) * stride - padding + reach)];
}

/** `undefined` for an operator that has to run as a whole. */
export function flowOf(graph: Graph, operator: Operator): Flow | undefined {
  const layer = layerOf(graph, operator);
  const [output] = layer.outputs;
  const { traits } = descriptorOf(operator);
  if (!output || layer.outputs.length > 1 || output.state || rowsOf(output) < 2) return undefined;
  const window = traits?.rows?.(layer);
  const [input] = layer.inputs;
  if (window) return input && rowsOf(input) > 1 ? { ...window, sliced: [0] } : undefined;
  const alike = { stride: 1, padding: 0, reach: 1, attributes: () => operator.attributes };
  if (traits?.elementwise?.(layer) || traits?.rowwise?.(layer)) {
    const same = input && input.shape.length === output.shape.length && rowsOf(input) === rowsOf(output);
    return same ? { ...alike, sliced: [0] } : undefined;
  }
  const sliced = traits?.broadcasts?.(layer) ? broadcastRows(layer, output) : undefined;
  return sliced && { ...alike, sliced };
}

/** The inputs that have the output's rows; `undefined` where a constant has them, or some other number of rows. */
function broadcastRows({ inputs }: Layer, output: Tensor): number[] | undefined {
  const { length } = output.shape;
  const sliced: number[] = [];
  for (const [position, input] of inputs.entries()) {
    if (!input) continue;
    const shape = [...new Array<number>(length - input.shape.length).fill(1), ...input.shape];
    if (shape[1] === 1) continue;
    if (input.data || input.shape.length < length || rowsOf(input) !== rowsOf(output)) return undefined;
    sliced.push(position);
  }
  return sliced;
}
