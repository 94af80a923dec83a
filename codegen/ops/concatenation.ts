/** CONCATENATION: tensors joined along one dimension (TFLite reference: concatenation.h; it copies, never rescales). */

import { require } from "../error.ts";
import { shapeText, type Tensor } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { activationOf } from "./families/activation.ts";
import { ONNX_CONCAT } from "./families/onnx_moves.ts";
import { axisOf, checkSameNumbers, checkShape } from "./families/parameters.ts";
import { joining, manyToOne, piecesOf, presentInputs } from "./families/pieces.ts";

interface ConcatenationAttributes {
  readonly axis: number;
}

/** The shape of inputs joined along `axis`. Throws an `OperatorFault` where they differ in another dimension. */
function joinedShape(inputs: readonly Tensor[], axis: number): number[] {
  const [first] = inputs;
  const shape = first?.shape ?? [];
  axisOf(axis, shape.length);
  for (const tensor of inputs) {
    const differs = tensor.shape.some((size, d) => d !== axis && size !== shape[d]);
    require(tensor.shape.length === shape.length && !differs, () =>
      `expects inputs that differ along dimension ${axis} only, found ${shapeText(first)} and ${shapeText(tensor)}. The file may be damaged; re-export it.`);
  }
  return shape.map((size, d) =>
    d === axis ? inputs.reduce((sum, tensor) => sum + (tensor.shape[d] ?? 1), 0) : size,
  );
}

const join = joining<ConcatenationAttributes>((layer) => {
  const { inputs, output } = manyToOne(layer);
  const { axis } = layer.attributes;
  return piecesOf(
    output,
    axis,
    inputs.map(({ shape }) => shape[axis] ?? 1),
  );
});

export const concatenation = defineOperator<ConcatenationAttributes>({
  kind: "concatenation",
  tflite: [
    {
      code: 2,
      name: "CONCATENATION",
      options: { axis: { id: 0, type: "int32" }, activation: { id: 1, type: "int8" } },
      read(operator) {
        const activation = activationOf(operator.option("activation"));
        require(activation === "none", () =>
          `expects no fused activation, found ${activation}. Export the activation as an operator of its own.`);
        return {
          attributes: { axis: axisOf(operator.option("axis"), operator.inputs[0]?.shape.length ?? 0) },
        };
      },
    },
  ],
  onnx: [ONNX_CONCAT],
  check(layer) {
    const { axis } = layer.attributes;
    const { inputs, output } = manyToOne(layer);
    const expected = joinedShape(inputs, axis);
    checkShape(output, expected);
    for (const tensor of inputs) checkSameNumbers(tensor, output);
  },
  shapes: (layer) => [joinedShape(presentInputs(layer), layer.attributes.axis)],
  traits: {
    channels: ({ attributes, outputs }) =>
      attributes.axis === (outputs[0]?.shape.length ?? 0) - 1 ? "join" : "each",
    copies: join.copies,
  },
  evaluate: join.evaluate,
  variants: join.variants,
  limits: "any type; all inputs with the output's scale and zero point; no fused activation",
});
