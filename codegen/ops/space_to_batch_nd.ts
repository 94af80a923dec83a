/**
 * SPACE_TO_BATCH_ND: every n-th row and column as a map of its own (TFLite reference: space_to_batch_nd.h; the border is
 * the zero point, as LiteRT has it).
 */

import { require } from "../error.ts";
import { elementBytes, elementCount, tensorBytes } from "../graph/tensor.ts";
import { type Argument, defineOperator, type KernelVariant, type Layer } from "./descriptor.ts";
import { zeroPointOf } from "./families/activation.ts";
import { bytePattern, constantValues, repeatsInFour } from "./families/border.ts";
import {
  checkListSizes,
  checkLists,
  everyIndex,
  indexedArguments,
  indexedTable,
} from "./families/index_lists.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import {
  type Axis,
  byteStrides,
  fillInOrder,
  inOrderVariants,
  type Move,
  wholeCopy,
} from "./families/move.ts";
import { checkSameType, checkShape, inputShape, oneToOne } from "./families/parameters.ts";
import { readSpaceBlocks, type SpaceBlocks } from "./families/space_blocks.ts";

type SpaceToBatch = Layer<SpaceBlocks>;

function shapeOf(shape: readonly number[], { block, before, after }: SpaceBlocks): number[] {
  const [batches = 1, ...rest] = shape;
  const padded = rest.map((size, d) => size + (before[d] ?? 0) + (after[d] ?? 0));
  require(rest.length > block.length && padded.every((size, d) => size % (block[d] ?? 1) === 0), () =>
    `expects ${block.length + 2} dimensions at least that are multiples of ${block.join("×")} when padded, found ${shape.join("×")}. The file may be damaged; re-export it.`);
  const cells = block.reduce((product, size) => product * size, 1);
  return [batches * cells, ...padded.map((size, d) => size / (block[d] ?? 1))];
}

const isPadded = ({ attributes: { before, after } }: SpaceToBatch) =>
  [...before, ...after].some((n) => n > 0);

/** Without a border: the output in order, [cell of the block, batch, row, column, channel]. */
function moveOf(layer: SpaceToBatch): Move {
  const { input, output } = oneToOne(layer);
  const { block } = layer.attributes;
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  const cells = block.map((count, d): Axis => ({ count, inputStep: steps[d + 1] ?? 0 }));
  const inside = input.shape.map((_, d): Axis => {
    const size = d === 0 ? 1 : (block[d - 1] ?? 1);
    return { count: (input.shape[d] ?? 1) / size, inputStep: (steps[d] ?? 0) * size };
  });
  return fillInOrder(output, 0, [...cells, ...inside]);
}

/** With a border: for each dimension of the input where its indices go in the output. */
function listsOf(layer: SpaceToBatch): number[][] {
  const { input, output } = oneToOne(layer);
  const { block, before } = layer.attributes;
  const steps = byteStrides(output.shape, elementBytes(output.dtype));
  const [batchStep = 0] = steps;
  return input.shape.map((count, d) => {
    const size = block[d - 1];
    if (size === undefined) return everyIndex(count, steps[d] ?? 0);
    const maps = block.slice(d).reduce((product, inner) => product * inner, input.shape[0] ?? 1);
    return Array.from({ length: count }, (_, index) => {
      const at = index + (before[d - 1] ?? 0);
      return (at % size) * maps * batchStep + Math.floor(at / size) * (steps[d] ?? 0);
    });
  });
}

const border = (layer: SpaceToBatch, count: number) => {
  const { output } = oneToOne(layer);
  return constantValues(output.dtype, zeroPointOf(output), count);
};

const bytesOf = (layer: SpaceToBatch) => elementBytes(oneToOne(layer).output.dtype);

const padded: KernelVariant<SpaceBlocks> = {
  name: "pad_indexed",
  file: "pad/indexed",
  fits: isPadded,
  cost: (layer) => tensorBytes(oneToOne(layer).output),
  pack: (layer) => indexedTable(listsOf(layer), bytesOf(layer)),
  calls(layer): Argument[][] {
    const { output } = oneToOne(layer);
    const { start, loops } = indexedArguments(listsOf(layer), bytesOf(layer));
    return [
      [
        { name: "output", output: 0 },
        { name: "fill", literal: tensorBytes(output), note: "bytes" },
        { name: "pattern", literal: bytePattern(output.dtype, zeroPointOf(output)) },
        { name: "inner", output: 0, offset: start },
        { name: "input", input: 0 },
        ...loops,
      ],
    ];
  },
};

export const spaceToBatchNd = defineOperator<SpaceBlocks>({
  kind: "space_to_batch_nd",
  tflite: [{ code: 38, name: "SPACE_TO_BATCH_ND", read: readSpaceBlocks("paddings") }],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, shapeOf(input.shape, layer.attributes));
    checkSameType(input, output);
    if (!isPadded(layer)) return;
    require(repeatsInFour(output.dtype, zeroPointOf(output)), () =>
      `expects int64 to be padded with 0 or -1, found ${zeroPointOf(output)}. Cast to int32 before it.`);
    checkListSizes(input.shape);
    checkLists(listsOf(layer), bytesOf(layer));
  },
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes)],
  traits: {
    channels: () => "each",
    copies: (layer) => (isPadded(layer) ? [] : wholeCopy(moveOf(layer))),
  },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { block, before } = layer.attributes;
    const batches = input.shape[0] ?? 1;
    return [
      gather(
        output,
        ([map = 0, ...index]) => {
          let cell = Math.floor(map / batches);
          const at = index.map((i, d) => i * (block[d] ?? 1) - (before[d] ?? 0));
          for (let d = block.length - 1; d >= 0; d--) {
            at[d] = (at[d] ?? 0) + (cell % (block[d] ?? 1));
            cell = Math.floor(cell / (block[d] ?? 1));
          }
          const within = at.every((i, d) => i >= 0 && i < (input.shape[d + 1] ?? 1));
          return within && values
            ? { values, at: flatIndex(input.shape, [map % batches, ...at]) }
            : undefined;
        },
        border(layer, elementCount(output.shape)),
      ),
    ];
  },
  variants: [
    ...inOrderVariants(moveOf).map(
      (variant): KernelVariant<SpaceBlocks> => ({
        ...variant,
        fits: (layer, target) => !isPadded(layer) && variant.fits(layer, target),
      }),
    ),
    padded,
  ],
  limits: "any type; constant block shape and paddings; pads with the zero point",
});
