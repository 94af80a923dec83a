/**
 * RESIZE_BILINEAR: a map sampled between its pixels in steps of 1/1024 (TFLite reference: resize_bilinear.h,
 * ResizeBilinearInteger). Where the rounded step leads beyond the last row or column, that one stands for it.
 */

import { require } from "../error.ts";
import { clamp } from "../graph/fixed_point.ts";
import { elementBytes, elementCount, numbersOf, zeros } from "../graph/tensor.ts";
import { defineOperator, type KernelVariant, type Layer } from "./descriptor.ts";
import { flatIndex, indicesOf } from "./families/index_space.ts";
import { ONNX_RESIZE_LINEAR } from "./families/onnx_resize.ts";
import { checkMap, checkSameType, checkShape, inputShape, oneToOne } from "./families/parameters.ts";
import { RESIZE_FIELDS, type ResizeAttributes, readResize } from "./families/resize.ts";

type Bilinear = Layer<ResizeAttributes>;

/** 1 in the fixed point of places between pixels. */
const ONE = 1024;
/** Rows and columns up to which places fit int32. */
const MAX_SIZE = 2 ** 16;

/** How far apart the places of two neighbours in the output are, and where the first is; both in 1/1024. */
interface Steps {
  readonly step: number;
  readonly first: number;
}

function stepsOf(size: number, count: number, { alignCorners, halfPixelCenters }: ResizeAttributes): Steps {
  const [from, to] = alignCorners && count > 1 ? [size - 1, count - 1] : [size, count];
  const step = Math.floor((ONE * from + Math.floor(to / 2)) / to);
  return { step, first: halfPixelCenters ? Math.floor(step / 2) - ONE / 2 : 0 };
}

/** The two indices around a place, and the weight of the second in 1/1024. */
function between(place: number, size: number): { low: number; high: number; weight: number } {
  const low = clamp(Math.trunc(place / ONE), 0, size - 1);
  const high = clamp(Math.ceil(place / ONE), 0, size - 1);
  return { low, high, weight: place - ONE * low };
}

function shapeOf(shape: readonly number[], { height, width }: ResizeAttributes): number[] {
  return [shape[0] ?? 1, height, width, shape[3] ?? 1];
}

/**
 * How far before its input the output must start. A channel is written when the same one of its four pixels was read; the
 * first of those must not lie below it, and where that is most depends on batch, row and column alone.
 */
function distanceOf(layer: Bilinear): number {
  const { input } = oneToOne(layer);
  const a = layer.attributes;
  const [batches = 1, height = 1, width = 1, channels = 1] = input.shape;
  const ahead = (count: number, lead: (index: number) => number) =>
    Array.from({ length: count }, (_, index) => lead(index)).reduce((most, next) => Math.max(most, next), 0);
  const rows = stepsOf(height, a.height, a);
  const columns = stepsOf(width, a.width, a);
  const pixels =
    ahead(2, (last) => last * (batches - 1) * (a.height * a.width - height * width)) +
    ahead(a.height, (y) => y * a.width - between(rows.first + y * rows.step, height).low * width) +
    ahead(a.width, (x) => x - between(columns.first + x * columns.step, width).low);
  return pixels * channels * elementBytes(input.dtype);
}

/** Rounded to the nearest integer, halves away from zero. */
function scaledDown(sum: number): number {
  return Math.trunc((sum + (sum > 0 ? 1 : -1) * 2 ** 19) / 2 ** 20);
}

const portable: KernelVariant<ResizeAttributes> = {
  name: "resize_bilinear",
  file: "resize_bilinear/portable",
  fits: () => true,
  cost: (layer) => elementCount(oneToOne(layer).output.shape) * 20,
  overlap: distanceOf,
  calls(layer) {
    const { input } = oneToOne(layer);
    const [batches = 1, height = 1, width = 1, channels = 1] = input.shape;
    const a = layer.attributes;
    const rows = stepsOf(height, a.height, a);
    const columns = stepsOf(width, a.width, a);
    return [
      [
        { name: "input", input: 0 },
        { name: "output", output: 0 },
        { name: "bytes", literal: elementBytes(input.dtype) },
        { name: "batches", literal: batches },
        { name: "height", literal: height },
        { name: "width", literal: width },
        { name: "channels", literal: channels },
        { name: "out_height", literal: a.height },
        { name: "out_width", literal: a.width },
        { name: "first_row", literal: rows.first },
        { name: "row_step", literal: rows.step },
        { name: "first_column", literal: columns.first },
        { name: "column_step", literal: columns.step },
      ],
    ];
  },
};

export const resizeBilinear = defineOperator<ResizeAttributes>({
  kind: "resize_bilinear",
  tflite: [
    {
      code: 23,
      name: "RESIZE_BILINEAR",
      options: RESIZE_FIELDS.bilinear,
      read: (operator) => ({ attributes: readResize(operator), inputs: [0] }),
    },
  ],
  onnx: [ONNX_RESIZE_LINEAR],
  check(layer) {
    const { input, output } = oneToOne(layer);
    const { height, width, alignCorners, halfPixelCenters } = layer.attributes;
    require(!(alignCorners && halfPixelCenters), () =>
      "expects aligned corners or half pixel centers, found both. Re-export the model with one of them.");
    checkMap(input);
    require([height, width, ...input.shape.slice(1, 3)].every((size) => size <= MAX_SIZE), () =>
      `expects at most ${MAX_SIZE} rows and columns, found others. The file may be damaged; re-export it.`);
    require(input.dtype === "int8" || input.dtype === "int16", () =>
      `expects int8 or int16, found ${input.dtype}. Quantize the model to int8.`);
    checkShape(output, shapeOf(input.shape, layer.attributes));
    checkSameType(input, output);
  },
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes)],
  traits: { channels: () => "each" },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const a = layer.attributes;
    const data = numbersOf(values);
    const [, height = 1, width = 1] = input.shape;
    const rows = stepsOf(height, a.height, a);
    const columns = stepsOf(width, a.width, a);
    const result = zeros(output.dtype, elementCount(output.shape));
    let at = 0;
    for (const [batch = 0, y = 0, x = 0, channel = 0] of indicesOf(output.shape)) {
      const row = between(rows.first + y * rows.step, height);
      const column = between(columns.first + x * columns.step, width);
      const value = (r: number, c: number) => data[flatIndex(input.shape, [batch, r, c, channel])] ?? 0;
      const across = (r: number) =>
        value(r, column.low) * (ONE - column.weight) + value(r, column.high) * column.weight;
      result[at++] = scaledDown(across(row.low) * (ONE - row.weight) + across(row.high) * row.weight);
    }
    return [result];
  },
  variants: [portable],
  limits: "int8, int16; constant size",
});
