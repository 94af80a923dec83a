/**
 * DYNAMIC_UPDATE_SLICE: a tensor with a part of it replaced; where the part starts may be computed, and is moved to where
 * the part fits (TFLite Micro: dynamic_update_slice.cc).
 */

import { require } from "../error.ts";
import {
  bytesOf,
  elementBytes,
  numbersOf,
  shapeText,
  type Tensor,
  tensorBytes,
  valuesOf,
} from "../graph/tensor.ts";
import { defineOperator, type KernelVariant, type Layer } from "./descriptor.ts";
import { checkIndexType, kept, placeTable } from "./families/computed_indices.ts";
import { flatIndex, indicesOf } from "./families/index_space.ts";
import { byteStrides, collapse, type Move, moveCost, nestArguments, nestTables } from "./families/move.ts";
import { checkSameType, checkShape, inputShape } from "./families/parameters.ts";

type Update = Layer<Readonly<Record<string, never>>>;

function tensorsOf(layer: Update): { whole: Tensor; part: Tensor; starts: Tensor; output: Tensor } {
  const [whole, part, starts] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.inputs.length === 3 &&
    layer.outputs.length === 1 &&
    !!whole &&
    !!part &&
    !!starts &&
    !!output, () =>
    `expects 3 inputs and 1 output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { whole, part, starts, output };
}

/** The last index of each dimension at which the part still fits. */
function lastStarts({ whole, part }: { whole: Tensor; part: Tensor }): number[] {
  return whole.shape.map((size, d) => size - (part.shape[d] ?? 1));
}

/** The copy of the part, as if it started at the front. */
function partMove(layer: Update): Move {
  const { part, output } = tensorsOf(layer);
  const run = elementBytes(part.dtype);
  const inputSteps = byteStrides(part.shape, run);
  const outputSteps = byteStrides(output.shape, run);
  const levels = part.shape.map((count, d) => ({
    count,
    inputStep: inputSteps[d] ?? 0,
    outputStep: outputSteps[d] ?? 0,
  }));
  return collapse({ input: 1, output: 0, inputOffset: 0, outputOffset: 0, run, levels });
}

const portable: KernelVariant<Readonly<Record<string, never>>> = {
  name: "update_slice",
  file: "dynamic_update_slice/portable",
  fits: () => true,
  cost: (layer) => moveCost([partMove(layer)]) + tensorBytes(tensorsOf(layer).output) / 2,
  // The part is written when all of the whole is in its place.
  overlap: (_, index) => (index === 0 ? 0 : undefined),
  pack(layer) {
    const { whole, part, output } = tensorsOf(layer);
    const steps = byteStrides(output.shape, elementBytes(output.dtype));
    return { ...placeTable(lastStarts({ whole, part }), steps), ...nestTables([partMove(layer)]) };
  },
  calls(layer) {
    const { starts, output } = tensorsOf(layer);
    return [
      [
        { name: "input", input: 0 },
        { name: "output", output: 0 },
        { name: "bytes", literal: tensorBytes(output) },
        { name: "starts", input: 2 },
        { name: "index_bytes", literal: elementBytes(starts.dtype) },
        { name: "rank", literal: output.shape.length },
        { name: "places", constant: "places" },
        { name: "part", input: 1 },
        ...nestArguments(partMove(layer), 0),
      ],
    ];
  },
};

export const dynamicUpdateSlice = defineOperator<Readonly<Record<string, never>>>({
  kind: "dynamic_update_slice",
  tflite: [{ code: 151, name: "DYNAMIC_UPDATE_SLICE", read: () => ({ attributes: {} }) }],
  check(layer) {
    const { whole, part, starts, output } = tensorsOf(layer);
    checkIndexType(starts);
    const fits = part.shape.every((size, d) => size <= (whole.shape[d] ?? 0));
    require(whole.shape.length >= 1 && part.shape.length === whole.shape.length && fits, () =>
      `expects a part that fits into ${shapeText(whole)}, found ${shapeText(part)}. The file may be damaged; re-export it.`);
    require(starts.shape.join() === String(whole.shape.length), () =>
      `expects ${whole.shape.length} indices to start from, found ${shapeText(starts)}. The file may be damaged; re-export it.`);
    checkShape(output, whole.shape);
    checkSameType(whole, output);
    checkSameType(part, output);
  },
  shapes: (layer) => [inputShape(layer)],
  evaluate(layer, [whole, part, starts]) {
    const { whole: tensor, part: smaller, output } = tensorsOf(layer);
    const result = valuesOf(output.dtype, whole ? bytesOf(whole) : new Uint8Array(tensorBytes(output)));
    const first = kept(numbersOf(starts), lastStarts({ whole: tensor, part: smaller }));
    let at = 0;
    for (const index of indicesOf(smaller.shape)) {
      const place = flatIndex(
        output.shape,
        index.map((i, d) => i + (first[d] ?? 0)),
      );
      result[place] = part?.[at++] ?? 0;
    }
    return [result];
  },
  variants: [portable],
  limits: "any type; int32 or int64 starts",
});
