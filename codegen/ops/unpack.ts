/** UNPACK: the indices of one dimension as tensors of their own (TFLite Micro: unpack.cc). */

import { require } from "../error.ts";
import { shapeText } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { axisOf, checkSameType, checkShape, inputShape } from "./families/parameters.ts";
import { cutting, oneToMany, piecesOf } from "./families/pieces.ts";

interface UnpackAttributes {
  /** The dimension of the input that the outputs lack. */
  readonly axis: number;
  /** How many indices it has. */
  readonly count: number;
}

const cut = cutting<UnpackAttributes>((layer) => {
  const { input, outputs } = oneToMany(layer);
  return piecesOf(
    input,
    layer.attributes.axis,
    outputs.map(() => 1),
  );
});

export const unpack = defineOperator<UnpackAttributes>({
  kind: "unpack",
  tflite: [
    {
      code: 88,
      name: "UNPACK",
      options: { count: { id: 0, type: "int32" }, axis: { id: 1, type: "int32" } },
      read(operator) {
        require(operator.option("count") === operator.outputs.length, () =>
          `expects ${operator.option("count")} outputs, found ${operator.outputs.length}. The file may be damaged; re-export it.`);
        const rank = operator.inputs[0]?.shape.length ?? 0;
        return {
          attributes: { axis: axisOf(operator.option("axis"), rank), count: operator.outputs.length },
        };
      },
    },
  ],
  check(layer) {
    const { axis, count } = layer.attributes;
    const { input, outputs } = oneToMany(layer);
    require(input.shape[axis] === count && outputs.length === count, () =>
      `expects an output for each index of dimension ${axis} of ${shapeText(input)}, found ${outputs.length}. The file may be damaged; re-export it.`);
    const expected = input.shape.filter((_, d) => d !== axis);
    for (const output of outputs) {
      checkShape(output, expected);
      checkSameType(input, output);
    }
  },
  shapes(layer) {
    const { axis, count } = layer.attributes;
    const part = inputShape(layer).filter((_, d) => d !== axis);
    return Array.from({ length: count }, () => part);
  },
  traits: { copies: cut.copies },
  evaluate: cut.evaluate,
  variants: cut.variants,
  limits: "any type",
});
