/** TILE: a tensor repeated along its dimensions (TFLite reference: tile.cc). */

import { require } from "../error.ts";
import { elementBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides, fillInOrder, inOrderVariants, wholeCopy } from "./families/move.ts";
import { ONNX_TILE } from "./families/onnx_picks.ts";
import { checkSameType, checkShape, constantNumbers, inputShape, oneToOne } from "./families/parameters.ts";

interface TileAttributes {
  /** How often each dimension repeats. */
  readonly multiples: readonly number[];
}

function tiled(shape: readonly number[], { multiples }: TileAttributes): number[] {
  require(multiples.length === shape.length && multiples.every((times) => times >= 1), () =>
    `expects a multiple from 1 for each of ${shape.length} dimensions, found ${multiples.join(" ")}. The file may be damaged; re-export it.`);
  return shape.map((size, d) => size * (multiples[d] ?? 1));
}

function moveOf(layer: Layer<TileAttributes>) {
  const { input, output } = oneToOne(layer);
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  const axes = input.shape.flatMap((count, d) => [
    { count: layer.attributes.multiples[d] ?? 1, inputStep: 0 },
    { count, inputStep: steps[d] ?? 0 },
  ]);
  return fillInOrder(output, 0, axes);
}

export const tile = defineOperator<TileAttributes>({
  kind: "tile",
  tflite: [
    {
      code: 69,
      name: "TILE",
      micro: false,
      read: ({ inputs }) => ({
        attributes: { multiples: constantNumbers(inputs[1], "multiples") },
        inputs: [0],
      }),
    },
  ],
  onnx: [ONNX_TILE],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, tiled(input.shape, layer.attributes));
    checkSameType(input, output);
  },
  shapes: (layer) => [tiled(inputShape(layer), layer.attributes)],
  traits: {
    channels: ({ attributes: { multiples } }) => {
      if (multiples.at(-1) === 1) return "each";
      return multiples.length > 0 ? "flatten" : undefined;
    },
    copies: (layer) => wholeCopy(moveOf(layer)),
  },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    return [
      gather(output, (index) => {
        const source = index.map((i, d) => i % (input.shape[d] ?? 1));
        return values && { values, at: flatIndex(input.shape, source) };
      }),
    ];
  },
  variants: inOrderVariants(moveOf),
  limits: "any type; constant multiples",
});
