/** REVERSE_V2: a tensor with some dimensions backwards (TFLite reference: reverse.cc). */

import { elementBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides, fillInOrder, inOrderVariants, wholeCopy } from "./families/move.ts";
import {
  axisOf,
  checkSameType,
  checkShape,
  constantNumbers,
  inputShape,
  oneToOne,
} from "./families/parameters.ts";

interface ReverseAttributes {
  /** The dimensions that run backwards, counted from the front. */
  readonly axes: readonly number[];
}

function moveOf(layer: Layer<ReverseAttributes>) {
  const { input, output } = oneToOne(layer);
  const { axes } = layer.attributes;
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  const last = axes.reduce((sum, d) => sum + ((input.shape[d] ?? 1) - 1) * (steps[d] ?? 0), 0);
  return fillInOrder(
    output,
    last,
    input.shape.map((count, d) => ({ count, inputStep: (axes.includes(d) ? -1 : 1) * (steps[d] ?? 0) })),
  );
}

export const reverseV2 = defineOperator<ReverseAttributes>({
  kind: "reverse_v2",
  tflite: [
    {
      code: 105,
      name: "REVERSE_V2",
      read({ inputs }) {
        const rank = inputs[0]?.shape.length ?? 0;
        const axes = constantNumbers(inputs[1], "axes").map((axis) => axisOf(axis, rank));
        return { attributes: { axes: [...new Set(axes)] }, inputs: [0] };
      },
    },
  ],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, input.shape);
    checkSameType(input, output);
  },
  shapes: (layer) => [inputShape(layer)],
  traits: {
    channels: ({ attributes: { axes }, inputs }) =>
      axes.includes((inputs[0]?.shape.length ?? 0) - 1) ? undefined : "each",
    copies: (layer) => wholeCopy(moveOf(layer)),
  },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { axes } = layer.attributes;
    return [
      gather(output, (index) => {
        const source = index.map((i, d) => (axes.includes(d) ? (input.shape[d] ?? 1) - 1 - i : i));
        return values && { values, at: flatIndex(input.shape, source) };
      }),
    ];
  },
  variants: inOrderVariants(moveOf),
  limits: "any type; constant axes",
});
