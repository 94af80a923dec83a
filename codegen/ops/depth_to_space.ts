/** DEPTH_TO_SPACE: every pixel becomes a block of pixels with a part of its channels each (TFLite reference: depth_to_space.h). */

import { require } from "../error.ts";
import { dimensions } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { type BlockAttributes, blockMove, blockSpelling, checkBlocks } from "./families/depth_blocks.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { inOrderVariants, wholeCopy } from "./families/move.ts";
import { ONNX_DEPTH_TO_SPACE } from "./families/onnx_blocks.ts";
import { inputShape, oneToOne } from "./families/parameters.ts";

function shapeOf(shape: readonly number[], { size }: BlockAttributes): number[] {
  const [batches = 1, height = 1, width = 1, channels = 1] = shape;
  require(channels % (size * size) === 0, () =>
    `expects channels that are a multiple of ${size * size}, found ${dimensions(shape)}. The file may be damaged; re-export it.`);
  return [batches, height * size, width * size, channels / (size * size)];
}

function moveOf(layer: Layer<BlockAttributes>) {
  const { size } = layer.attributes;
  const [batches = 1, height = 1, width = 1, channels = 1] = inputShape(layer);
  const split = [batches, height, width, size, size, channels / (size * size)];
  return blockMove(layer, split, [0, 1, 3, 2, 4, 5]);
}

export const depthToSpace = defineOperator<BlockAttributes>({
  kind: "depth_to_space",
  tflite: [blockSpelling(5, "DEPTH_TO_SPACE")],
  onnx: [ONNX_DEPTH_TO_SPACE],
  check: (layer) => checkBlocks(layer, shapeOf),
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes)],
  traits: { copies: (layer) => wholeCopy(moveOf(layer)) },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { size } = layer.attributes;
    const channels = output.shape[3] ?? 1;
    return [
      gather(output, ([batch = 0, y = 0, x = 0, channel = 0]) => {
        const cell = (y % size) * size + (x % size);
        const pixel = [batch, Math.floor(y / size), Math.floor(x / size), cell * channels + channel];
        return values && { values, at: flatIndex(input.shape, pixel) };
      }),
    ];
  },
  variants: inOrderVariants(moveOf),
  limits: "any type; four dimensions",
});
