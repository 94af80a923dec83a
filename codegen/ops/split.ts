/** SPLIT and SPLIT_V: a tensor cut into parts along one dimension (TFLite Micro: split.cc, split_v.cc). */

import { require } from "../error.ts";
import { shapeText } from "../graph/tensor.ts";
import { defineOperator, type TfliteOperator } from "./descriptor.ts";
import { ONNX_SPLIT } from "./families/onnx_moves.ts";
import { axisOf, checkSameType, checkShape, constantNumbers, inputShape } from "./families/parameters.ts";
import { cutting, oneToMany, piecesOf } from "./families/pieces.ts";

interface SplitAttributes {
  readonly axis: number;
  /** Indices along the axis that each output gets. */
  readonly sizes: readonly number[];
}

/** The axis, counted from the front, and the input's size along it. */
function readAxis(operator: TfliteOperator, input: number, axis: number): { axis: number; size: number } {
  const shape = operator.inputs[input]?.shape ?? [];
  const [given = 0] = constantNumbers(operator.inputs[axis], "axis");
  const front = axisOf(given, shape.length);
  return { axis: front, size: shape[front] ?? 1 };
}

/** A size of −1 stands for all that the others leave; a part of 0 has no output in the graph. */
function resolveSizes(sizes: readonly number[], size: number): number[] {
  const rest = size - sizes.reduce((sum, part) => sum + Math.max(0, part), 0);
  return sizes.map((part) => (part === -1 ? rest : part)).filter((part) => part !== 0);
}

const cut = cutting<SplitAttributes>((layer) => {
  const { axis, sizes } = layer.attributes;
  return piecesOf(oneToMany(layer).input, axis, sizes);
});

export const split = defineOperator<SplitAttributes>({
  kind: "split",
  tflite: [
    {
      code: 49,
      name: "SPLIT",
      options: { parts: { id: 0, type: "int32" } },
      read(operator) {
        const { axis, size } = readAxis(operator, 1, 0);
        const parts = operator.outputs.length;
        require(operator.option("parts") === parts, () =>
          `expects ${operator.option("parts")} outputs, found ${parts}. The file may be damaged; re-export it.`);
        require(size % parts === 0, () =>
          `expects ${parts} equal parts of ${shapeText(operator.inputs[1])} along dimension ${axis}, found a size of ${size}. The file may be damaged; re-export it.`);
        return { attributes: { axis, sizes: operator.outputs.map(() => size / parts) }, inputs: [1] };
      },
    },
    {
      code: 102,
      name: "SPLIT_V",
      read(operator) {
        const { axis, size } = readAxis(operator, 0, 2);
        const sizes = resolveSizes(constantNumbers(operator.inputs[1], "sizes"), size);
        return { attributes: { axis, sizes }, inputs: [0] };
      },
    },
  ],
  onnx: [ONNX_SPLIT],
  check(layer) {
    const { axis, sizes } = layer.attributes;
    const { input, outputs } = oneToMany(layer);
    const sum = sizes.reduce((total, size) => total + size, 0);
    require(sizes.every((size) => size >= 1) &&
      sum === input.shape[axis] &&
      sizes.length === outputs.length, () =>
      `expects ${outputs.length} parts of ${shapeText(input)} along dimension ${axis}, found sizes ${sizes.join(", ")}. The file may be damaged; re-export it.`);
    outputs.forEach((output, index) => {
      checkShape(output, partShape(input.shape, axis, sizes[index] ?? 1));
      checkSameType(input, output);
    });
  },
  shapes(layer) {
    const { axis, sizes } = layer.attributes;
    return sizes.map((size) => partShape(inputShape(layer), axis, size));
  },
  traits: { copies: cut.copies },
  evaluate: cut.evaluate,
  variants: cut.variants,
  limits: "any type; constant axis and sizes",
});

function partShape(shape: readonly number[], axis: number, size: number): number[] {
  return shape.map((whole, d) => (d === axis ? size : whole));
}
