/** ONNX's Gemm and MatMul with constant weights. */

import { require } from "../../error.ts";
import type { Groups } from "../../graph/layout.ts";
import { shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import type { Activation } from "./activation.ts";
import { inputShape } from "./onnx_shapes.ts";
import { filtersAlong, onnxBias, onnxWeights, weightsOperand } from "./onnx_weights.ts";

interface ProductAttributes {
  readonly activation: Activation;
  readonly keepDims?: boolean;
  readonly rounding?: "once";
}

/** Rows of input 0 and weights [depth, filters], either of them transposed. */
interface Product {
  /** Dimensions of input 0 that are rows, and the one that is summed over. */
  readonly rows: readonly number[];
  readonly inner: number;
  readonly depth: number;
  readonly filters: number;
  readonly transposed: boolean;
  readonly shape: readonly number[];
}

function productOf(node: OnnxNode, gemm: boolean): Product {
  const input = inputShape(node);
  const weights = inputShape(node, 1);
  const option = (name: string) => gemm && node.integer(name, 0) !== 0;
  const transposed = option("transB");
  const matrix = weights.slice(-2);
  const [depth = 0, filters = 0] = transposed ? [...matrix].reverse() : matrix;
  const last = input.length - 1;
  const inner = option("transA") ? 0 : last;
  const rows = input.map((_, d) => d).filter((d) => d !== inner);
  const fits = weights.length >= 2 && input.length >= (gemm ? 2 : 1) && input[inner] === depth;
  require(fits && (!gemm || input.length === 2), () =>
    `expects matrices that can be multiplied, found ${shapeText(node.inputs[0])} and ${shapeText(node.inputs[1])}. The file may be damaged; re-export it.`);
  const shape = [...rows.map((d) => input[d] ?? 1), filters];
  return { rows, inner, depth, filters, transposed, shape };
}

/** Whether the left operand is computed and the right one a constant matrix. */
export function hasConstantMatrix(node: OnnxNode): boolean {
  const [input, weights] = node.inputs;
  if (input?.constant) return false;
  return (
    !!weights?.constant && weights.shape.length >= 2 && weights.shape.slice(0, -2).every((size) => size === 1)
  );
}

function read(node: OnnxReader, gemm: boolean): OnnxReading<ProductAttributes> {
  const { rows, inner, depth, filters, transposed, shape } = productOf(node, gemm);
  const groups: Groups = [...rows.map((d) => [d]), [inner]];
  const input = node.arranged(0, groups, groups.length - 1);
  const alpha = gemm ? node.float("alpha", 1) : 1;
  require(alpha > 0, () => `expects alpha above 0, found ${alpha}. Export the model with alpha 1.`);
  const stored = inputShape(node, 1);
  const plain = onnxWeights(node, 1, filtersAlong(stored, transposed ? 0 : stored.length - 1));
  const weights = { ...plain, scales: plain.scales.map((scale) => scale * alpha) };
  const order = Uint32Array.from({ length: depth * filters }, (_, to) => {
    const filter = Math.floor(to / depth);
    const column = input.columns[to % depth] ?? 0;
    return transposed ? filter * depth + column : column * filters + filter;
  });
  const filter = weightsOperand(node, node.inputs[1]?.name ?? "", weights, order, [filters, depth], 0);
  const bias = gemm ? gemmBias(node, filters) : undefined;
  const operand = onnxBias(node, bias ?? 3, input, weights, gemm ? node.float("beta", 1) : 1);
  return {
    attributes: { activation: node.activation, keepDims: shape.length !== 2, rounding: "once" },
    inputs: operand ? [input, filter, operand] : [input, filter],
    outputs: [shape.map((_, d) => [d])],
  };
}

/** The position of Gemm's summand where it has one: it must be the same for all rows. */
function gemmBias(node: OnnxReader, filters: number): number | undefined {
  const summand = node.inputs[2];
  if (!summand) return undefined;
  const { shape } = summand;
  const row = shape.every((size, d) => size === (d === shape.length - 1 ? filters : 1));
  require(row || shape.every((size) => size === 1), () =>
    `expects a summand of ${filters} values, found ${shapeText(summand)}. Add it in an operator of its own.`);
  return 2;
}

export const ONNX_PRODUCTS: readonly OnnxSpelling<ProductAttributes>[] = [
  {
    name: "Gemm",
    quantized: [
      {
        name: "QGemm",
        domain: "com.microsoft",
        inputs: [[0, 1, 2], [3, 4, 5], { bias: 6 }],
        output: [7, 8],
        axis: (node) => (node.integer("transB", 0) !== 0 ? 0 : -1),
      },
    ],
    shapes: (node) => [productOf(node, true).shape],
    channels: -1,
    activates: true,
    read: (node) => read(node, true),
  },
  {
    name: "MatMul",
    quantized: [
      {
        name: "QLinearMatMul",
        inputs: [
          [0, 1, 2],
          [3, 4, 5],
        ],
        output: [6, 7],
      },
    ],
    accepts: hasConstantMatrix,
    shapes: (node) => [productOf(node, false).shape],
    channels: -1,
    activates: true,
    read: (node) => read(node, false),
  },
];
