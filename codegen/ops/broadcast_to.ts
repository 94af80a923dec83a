/** BROADCAST_TO and FILL: a tensor, or one value, repeated to a shape (TFLite reference: broadcast_to.h, fill.cc). */

import { require } from "../error.ts";
import { dimensions, elementBytes, type Tensor } from "../graph/tensor.ts";
import { defineOperator, type Layer, type TfliteOperator } from "./descriptor.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides, fillInOrder, inOrderVariants, wholeCopy } from "./families/move.ts";
import { ONNX_EXPAND } from "./families/onnx_picks.ts";
import { checkSameType, checkShape, constantNumbers, inputShape, oneToOne } from "./families/parameters.ts";

interface BroadcastAttributes {
  /** The output's shape. */
  readonly shape: readonly number[];
}

/** The input's shape with ones in front, as long as the output's. Throws an `OperatorFault` where it does not fit. */
function extended(shape: readonly number[], to: readonly number[]): number[] {
  const full = [...to.slice(shape.length).map(() => 1), ...shape];
  require(full.length === to.length && full.every((size, d) => size === 1 || size === to[d]), () =>
    `expects an input that broadcasts to ${dimensions(to)}, found ${dimensions(shape)}. The file may be damaged; re-export it.`);
  return full;
}

function moveOf(layer: Layer<BroadcastAttributes>) {
  const { input, output } = oneToOne(layer);
  const full = extended(input.shape, output.shape);
  const steps = byteStrides(full, elementBytes(input.dtype));
  const axes = output.shape.map((count, d) => ({ count, inputStep: full[d] === 1 ? 0 : (steps[d] ?? 0) }));
  return fillInOrder(output, 0, axes);
}

/** A shape that is computed is the one that the file gives the output. */
function shapeOf(tensor: Tensor | undefined, operator: TfliteOperator): readonly number[] {
  if (tensor && !tensor.data) return operator.outputs[0]?.shape ?? [];
  return constantNumbers(tensor, "dimensions");
}

export const broadcastTo = defineOperator<BroadcastAttributes>({
  kind: "broadcast_to",
  tflite: [
    {
      code: 130,
      name: "BROADCAST_TO",
      read: (operator) => ({ attributes: { shape: shapeOf(operator.inputs[1], operator) }, inputs: [0] }),
    },
    {
      code: 94,
      name: "FILL",
      read: (operator) => ({ attributes: { shape: shapeOf(operator.inputs[0], operator) }, inputs: [1] }),
    },
  ],
  onnx: [ONNX_EXPAND],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, layer.attributes.shape);
    extended(input.shape, output.shape);
    checkSameType(input, output);
  },
  shapes: ({ attributes, ...layer }) => {
    extended(inputShape(layer), attributes.shape);
    return [attributes.shape];
  },
  traits: {
    channels: ({ inputs, outputs }) =>
      inputs[0]?.shape.at(-1) === outputs[0]?.shape.at(-1) ? "each" : undefined,
    copies: (layer) => wholeCopy(moveOf(layer)),
  },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const full = extended(input.shape, output.shape);
    return [
      gather(output, (index) => {
        const source = index.map((i, d) => (full[d] === 1 ? 0 : i));
        return values && { values, at: flatIndex(full, source) };
      }),
    ];
  },
  variants: inOrderVariants(moveOf),
  limits: "any type; the output shape must be known when the model is built",
});
