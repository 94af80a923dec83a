/** PACK: tensors of one shape along a new dimension (TFLite Micro: pack.cc; it copies, never rescales). */

import { require } from "../error.ts";
import { shapeText } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { axisOf, checkSameNumbers, checkShape, inputShape } from "./families/parameters.ts";
import { joining, manyToOne, piecesOf } from "./families/pieces.ts";

interface PackAttributes {
  /** The new dimension of the output. */
  readonly axis: number;
}

const join = joining<PackAttributes>((layer) => {
  const { inputs, output } = manyToOne(layer);
  return piecesOf(
    output,
    layer.attributes.axis,
    inputs.map(() => 1),
  );
});

const shapeOf = (shape: readonly number[], axis: number, count: number) => [
  ...shape.slice(0, axis),
  count,
  ...shape.slice(axis),
];

export const pack = defineOperator<PackAttributes>({
  kind: "pack",
  tflite: [
    {
      code: 83,
      name: "PACK",
      options: { count: { id: 0, type: "int32" }, axis: { id: 1, type: "int32" } },
      read(operator) {
        const rank = (operator.inputs[0]?.shape.length ?? 0) + 1;
        require(operator.option("count") === operator.inputs.length, () =>
          `expects ${operator.option("count")} inputs, found ${operator.inputs.length}. The file may be damaged; re-export it.`);
        return { attributes: { axis: axisOf(operator.option("axis"), rank) } };
      },
    },
  ],
  check(layer) {
    const { inputs, output } = manyToOne(layer);
    const [first] = inputs;
    for (const tensor of inputs) {
      require(tensor.shape.join() === first?.shape.join(), () =>
        `expects inputs of one shape, found ${shapeText(first)} and ${shapeText(tensor)}. The file may be damaged; re-export it.`);
      checkSameNumbers(tensor, output);
    }
    checkShape(output, shapeOf(inputShape(layer), layer.attributes.axis, inputs.length));
  },
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes.axis, layer.inputs.length)],
  traits: {
    // A new last dimension makes channels of what were pixels.
    channels: (layer) => (layer.attributes.axis < inputShape(layer).length ? "each" : undefined),
    copies: join.copies,
  },
  evaluate: join.evaluate,
  variants: join.variants,
  limits: "any type; all inputs with the output's scale and zero point",
});
