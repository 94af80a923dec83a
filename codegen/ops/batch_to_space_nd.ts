/** BATCH_TO_SPACE_ND: maps of a batch woven into one that is larger (TFLite reference: batch_to_space_nd.h). */

import { require } from "../error.ts";
import { elementBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { checkListSizes, everyIndex, picking } from "./families/index_lists.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides } from "./families/move.ts";
import { checkSameType, checkShape, inputShape, oneToOne } from "./families/parameters.ts";
import { readSpaceBlocks, type SpaceBlocks } from "./families/space_blocks.ts";

type BatchToSpace = Layer<SpaceBlocks>;

function shapeOf(shape: readonly number[], { block, before, after }: SpaceBlocks): number[] {
  const cells = block.reduce((product, size) => product * size, 1);
  const [batches = 1, ...rest] = shape;
  require(batches % cells === 0 && rest.length > block.length, () =>
    `expects ${block.length + 2} dimensions at least and a batch that is a multiple of ${cells}, found ${shape.join("×")}. The file may be damaged; re-export it.`);
  return [
    batches / cells,
    ...rest.map((size, d) => size * (block[d] ?? 1) - (before[d] ?? 0) - (after[d] ?? 0)),
  ];
}

/** An index of a spatial dimension is one of a map of the batch, which depends on its remainder, and one inside of it. */
function listsOf(layer: BatchToSpace): number[][] {
  const { input, output } = oneToOne(layer);
  const { block, before } = layer.attributes;
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  const [batchStep = 0] = steps;
  return output.shape.map((count, d) => {
    const size = block[d - 1];
    if (size === undefined) return everyIndex(count, steps[d] ?? 0);
    const maps = block.slice(d).reduce((product, inner) => product * inner, output.shape[0] ?? 1);
    return Array.from({ length: count }, (_, index) => {
      const at = index + (before[d - 1] ?? 0);
      return (at % size) * maps * batchStep + Math.floor(at / size) * (steps[d] ?? 0);
    });
  });
}

const picked = picking(listsOf);

export const batchToSpaceNd = defineOperator<SpaceBlocks>({
  kind: "batch_to_space_nd",
  tflite: [{ code: 37, name: "BATCH_TO_SPACE_ND", read: readSpaceBlocks("crops") }],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, shapeOf(input.shape, layer.attributes));
    checkSameType(input, output);
    checkListSizes(output.shape);
    picked.check(layer);
  },
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes)],
  traits: { channels: () => "each", copies: picked.copies },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { block, before } = layer.attributes;
    return [
      gather(output, ([batch = 0, ...index]) => {
        const at = index.map((i, d) => i + (before[d] ?? 0));
        const cell = block.reduce((sum, size, d) => sum * size + ((at[d] ?? 0) % size), 0);
        const inside = at.map((i, d) => Math.floor(i / (block[d] ?? 1)));
        const source = [cell * (output.shape[0] ?? 1) + batch, ...inside];
        return values && { values, at: flatIndex(input.shape, source) };
      }),
    ];
  },
  variants: picked.variants,
  limits: "any type; constant block shape and crops",
});
