/** SPACE_TO_DEPTH and DEPTH_TO_SPACE: blocks of pixels that become one pixel's channels, and back. */

import { require } from "../../error.ts";
import { elementBytes } from "../../graph/tensor.ts";
import type { Layer, TfliteSpelling } from "../descriptor.ts";
import { type Axis, byteStrides, fillInOrder, type Move } from "./move.ts";
import { checkMap, checkSameType, checkShape, oneToOne } from "./parameters.ts";

export interface BlockAttributes {
  /** Rows and columns of a block. */
  readonly size: number;
}

/** The spelling of either; both have the one option. */
export function blockSpelling(code: number, name: string): TfliteSpelling<BlockAttributes> {
  return {
    code,
    name,
    options: { size: { id: 0, type: "int32" } },
    read(operator) {
      const size = operator.option("size");
      require(size >= 1, () =>
        `expects blocks of at least 1, found ${size}. The file may be damaged; re-export it.`);
      return { attributes: { size } };
    },
  };
}

/** Throws an `OperatorFault` unless the output has the shape that `shapeOf` gives a map of four dimensions. */
export function checkBlocks(
  layer: Layer<BlockAttributes>,
  shapeOf: (shape: readonly number[], attributes: BlockAttributes) => number[],
): void {
  const { input, output } = oneToOne(layer);
  checkMap(input);
  checkShape(output, shapeOf(input.shape, layer.attributes));
  checkSameType(input, output);
}

/**
 * The copy of a map that is split into [batch, row, row in the block, column, column in the block, channel], taken in the
 * order of the dimensions in `order`.
 */
export function blockMove(
  layer: Layer<BlockAttributes>,
  split: readonly number[],
  order: readonly number[],
): Move {
  const { input, output } = oneToOne(layer);
  const steps = byteStrides(split, elementBytes(input.dtype));
  const axes = order.map((d): Axis => ({ count: split[d] ?? 1, inputStep: steps[d] ?? 0 }));
  return fillInOrder(output, 0, axes);
}
