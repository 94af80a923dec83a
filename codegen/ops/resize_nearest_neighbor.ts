/** RESIZE_NEAREST_NEIGHBOR: rows and columns of a map picked or repeated (TFLite reference: resize_nearest_neighbor.h). */

import { require } from "../error.ts";
import { roundAway } from "../graph/fixed_point.ts";
import { elementBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { checkListSizes, everyIndex, listOf, picking } from "./families/index_lists.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides } from "./families/move.ts";
import { ONNX_RESIZE_NEAREST } from "./families/onnx_resize.ts";
import { checkMap, checkSameType, checkShape, inputShape, oneToOne } from "./families/parameters.ts";
import { RESIZE_FIELDS, readResize } from "./families/resize.ts";

interface NearestAttributes {
  /** The input's row of each row of the output, and the same for columns. */
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

type Nearest = Layer<NearestAttributes>;

/** The index of `size` that is nearest to each of `count`, in TFLite's single precision. */
function nearest(size: number, count: number, alignCorners: boolean, halfPixelCenters: boolean): number[] {
  const scale = alignCorners && count > 1 ? Math.fround((size - 1) / (count - 1)) : Math.fround(size / count);
  return Array.from({ length: count }, (_, index) => {
    const at = Math.fround((index + (halfPixelCenters ? 0.5 : 0)) * scale);
    return Math.min(alignCorners ? roundAway(at) : Math.floor(at), size - 1);
  });
}

function listsOf(layer: Nearest): number[][] {
  const { input } = oneToOne(layer);
  const { rows, columns } = layer.attributes;
  const [batches = 1, , , channels = 1] = input.shape;
  const [batchStep = 0, rowStep = 0, columnStep = 0, channelStep = 0] = byteStrides(
    input.shape,
    elementBytes(input.dtype),
  );
  return [
    everyIndex(batches, batchStep),
    listOf(rows, rowStep),
    listOf(columns, columnStep),
    everyIndex(channels, channelStep),
  ];
}

const picked = picking(listsOf);

function shapeOf(shape: readonly number[], { rows, columns }: NearestAttributes): number[] {
  return [shape[0] ?? 1, rows.length, columns.length, shape[3] ?? 1];
}

export const resizeNearestNeighbor = defineOperator<NearestAttributes>({
  kind: "resize_nearest_neighbor",
  tflite: [
    {
      code: 97,
      name: "RESIZE_NEAREST_NEIGHBOR",
      options: RESIZE_FIELDS.nearest,
      read(operator) {
        const { height, width, alignCorners, halfPixelCenters } = readResize(operator);
        checkListSizes([height, width]);
        const [, inHeight = 1, inWidth = 1] = operator.inputs[0]?.shape ?? [];
        return {
          attributes: {
            rows: nearest(inHeight, height, alignCorners, halfPixelCenters),
            columns: nearest(inWidth, width, alignCorners, halfPixelCenters),
          },
          inputs: [0],
        };
      },
    },
  ],
  onnx: [ONNX_RESIZE_NEAREST],
  check(layer) {
    const { input, output } = oneToOne(layer);
    const { rows, columns } = layer.attributes;
    checkMap(input);
    const [, height = 1, width = 1] = input.shape;
    const fits = (indices: readonly number[], size: number) => indices.every((at) => at >= 0 && at < size);
    require(fits(rows, height) && fits(columns, width), () =>
      `expects rows below ${height} and columns below ${width}, found others. The file may be damaged; re-export it.`);
    checkShape(output, shapeOf(input.shape, layer.attributes));
    checkSameType(input, output);
    checkListSizes(input.shape);
    picked.check(layer);
  },
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes)],
  traits: { channels: () => "each", copies: picked.copies },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { rows, columns } = layer.attributes;
    return [
      gather(output, ([batch = 0, y = 0, x = 0, channel = 0]) => {
        const source = [batch, rows[y] ?? 0, columns[x] ?? 0, channel];
        return values && { values, at: flatIndex(input.shape, source) };
      }),
    ];
  },
  variants: picked.variants,
  limits: "any type; constant size",
});
