/** ONNX's MatMul of two activations, or with constants that are no plain matrix. */

import { require } from "../../error.ts";
import type { Groups } from "../../graph/layout.ts";
import { shapeText } from "../../graph/tensor.ts";
import type { BatchMatmulAttributes } from "../batch_matmul.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { broadcastShape } from "./broadcast.ts";
import { hasConstantMatrix } from "./onnx_product.ts";
import { inputShape } from "./onnx_shapes.ts";

function productShape(node: OnnxNode): number[] {
  const [x, y] = [inputShape(node), inputShape(node, 1)];
  require(x.length >= 2 && y.length >= 2 && x.at(-1) === y.at(-2), () =>
    `expects matrices that can be multiplied, found ${shapeText({ shape: x })} and ${shapeText({ shape: y })}. The file may be damaged; re-export it.`);
  return [...broadcastShape(x.slice(0, -2), y.slice(0, -2)), x.at(-2) ?? 1, y.at(-1) ?? 1];
}

/** An operand's dimensions, its last two exchanged where they lie so in memory. */
function operandGroups(node: OnnxReader, position: number): { groups: Groups; exchanged: boolean } {
  const rank = inputShape(node, position).length;
  const batches = Array.from({ length: rank - 2 }, (_, d) => [d]);
  const order = node.inputs[position]?.constant ? [] : node.order(position);
  const exchanged = order.indexOf(rank - 2) > order.indexOf(rank - 1);
  const matrix = exchanged ? [[rank - 1], [rank - 2]] : [[rank - 2], [rank - 1]];
  return { groups: [...batches, ...matrix], exchanged };
}

function read(node: OnnxReader): OnnxReading<BatchMatmulAttributes> {
  const [x, y] = [operandGroups(node, 0), operandGroups(node, 1)];
  return {
    attributes: { adjX: x.exchanged, adjY: y.exchanged, rounding: "once" },
    inputs: [node.arranged(0, x.groups), node.arranged(1, y.groups)],
    outputs: [productShape(node).map((_, d) => [d])],
  };
}

export const ONNX_BATCH_MATMUL: OnnxSpelling<BatchMatmulAttributes> = {
  name: "MatMul",
  accepts: (node) => !hasConstantMatrix(node),
  shapes: (node) => [productShape(node)],
  read,
};
