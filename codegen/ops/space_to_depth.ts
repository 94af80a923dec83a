/** SPACE_TO_DEPTH: every block of pixels becomes one pixel with all their channels (TFLite reference: space_to_depth.h). */

import { require } from "../error.ts";
import { dimensions } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { type BlockAttributes, blockMove, blockSpelling, checkBlocks } from "./families/depth_blocks.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { inOrderVariants, wholeCopy } from "./families/move.ts";
import { ONNX_SPACE_TO_DEPTH } from "./families/onnx_blocks.ts";
import { inputShape, oneToOne } from "./families/parameters.ts";

function shapeOf(shape: readonly number[], { size }: BlockAttributes): number[] {
  const [batches = 1, height = 1, width = 1, channels = 1] = shape;
  require(height % size === 0 && width % size === 0, () =>
    `expects rows and columns that are multiples of ${size}, found ${dimensions(shape)}. The file may be damaged; re-export it.`);
  return [batches, height / size, width / size, channels * size * size];
}

function moveOf(layer: Layer<BlockAttributes>) {
  const { size } = layer.attributes;
  const [batches = 1, height = 1, width = 1, channels = 1] = inputShape(layer);
  const split = [batches, height / size, size, width / size, size, channels];
  return blockMove(layer, split, [0, 1, 3, 2, 4, 5]);
}

export const spaceToDepth = defineOperator<BlockAttributes>({
  kind: "space_to_depth",
  tflite: [blockSpelling(26, "SPACE_TO_DEPTH")],
  onnx: [ONNX_SPACE_TO_DEPTH],
  check: (layer) => checkBlocks(layer, shapeOf),
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes)],
  traits: { copies: (layer) => wholeCopy(moveOf(layer)) },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { size } = layer.attributes;
    const channels = input.shape[3] ?? 1;
    return [
      gather(output, ([batch = 0, row = 0, column = 0, channel = 0]) => {
        const cell = Math.floor(channel / channels);
        const y = row * size + Math.floor(cell / size);
        const x = column * size + (cell % size);
        return values && { values, at: flatIndex(input.shape, [batch, y, x, channel % channels]) };
      }),
    ];
  },
  variants: inOrderVariants(moveOf),
  limits: "any type; four dimensions",
});
