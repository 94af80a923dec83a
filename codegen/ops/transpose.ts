/** TRANSPOSE: a tensor's dimensions in another order (TFLite reference: transpose.h). */

import { require } from "../error.ts";
import { elementBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides, fillInOrder, inOrderVariants, wholeCopy } from "./families/move.ts";
import { inputShape as inputShapeOf } from "./families/onnx_shapes.ts";
import { checkSameType, checkShape, constantNumbers, inputShape, oneToOne } from "./families/parameters.ts";
import type { OnnxNode } from "./onnx_spelling.ts";

export interface TransposeAttributes {
  /** For each dimension of the output the one of the input that it is. */
  readonly permutation: readonly number[];
}

function moveOf(layer: Layer<TransposeAttributes>) {
  const { input, output } = oneToOne(layer);
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  return fillInOrder(
    output,
    0,
    layer.attributes.permutation.map((d) => ({ count: input.shape[d] ?? 1, inputStep: steps[d] ?? 0 })),
  );
}

function transposed(shape: readonly number[], permutation: readonly number[]): number[] {
  const sorted = [...permutation].sort((a, b) => a - b);
  require(sorted.length === shape.length && sorted.every((d, index) => d === index), () =>
    `expects every dimension from 0 to ${shape.length - 1} once, found ${permutation.join(" ")}. The file may be damaged; re-export it.`);
  return permutation.map((d) => shape[d] ?? 1);
}

/** The permutation of a node; dimensions in reverse where it has none. */
function onnxPermutation(node: OnnxNode): readonly number[] {
  const rank = inputShapeOf(node).length;
  return node.integers("perm") ?? Array.from({ length: rank }, (_, d) => rank - 1 - d);
}

export const transpose = defineOperator<TransposeAttributes>({
  kind: "transpose",
  tflite: [
    {
      code: 39,
      name: "TRANSPOSE",
      read: (operator) => ({
        attributes: { permutation: constantNumbers(operator.inputs[1], "dimensions") },
        inputs: [0],
      }),
    },
  ],
  onnx: [
    {
      name: "Transpose",
      shapes: (node) => [transposed(inputShapeOf(node), onnxPermutation(node))],
      rearranges: (node) => [{ permutation: onnxPermutation(node) }],
    },
  ],
  jobs: { reorder: (permutation) => ({ permutation }) },
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, transposed(input.shape, layer.attributes.permutation));
    checkSameType(input, output);
  },
  shapes: (layer) => [transposed(inputShape(layer), layer.attributes.permutation)],
  traits: {
    channels: ({ attributes: { permutation } }) =>
      permutation.at(-1) === permutation.length - 1 ? "each" : undefined,
    // Dimensions of one index may change places without a byte that moves.
    copies: (layer) => wholeCopy(moveOf(layer)),
  },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { permutation } = layer.attributes;
    return [
      gather(output, (index) => {
        const source = input.shape.map((_, d) => index[permutation.indexOf(d)] ?? 0);
        return values && { values, at: flatIndex(input.shape, source) };
      }),
    ];
  },
  variants: inOrderVariants(moveOf),
  limits: "any type; constant permutation",
});
