/**
 * GATHER and EMBEDDING_LOOKUP: the indices of one dimension that another tensor names (TFLite Micro: gather.cc). TFLite
 * Micro stops at an index that is out of range; a module has no way to stop, so the nearest index takes its place.
 */

import { require } from "../error.ts";
import { clamp } from "../graph/fixed_point.ts";
import { elementBytes, elementCount, numbersOf, type Tensor } from "../graph/tensor.ts";
import { defineOperator, type KernelVariant, type Layer, type TfliteOperator } from "./descriptor.ts";
import { checkIndexType } from "./families/computed_indices.ts";
import { checkListSizes, everyIndex, listOf, picking } from "./families/index_lists.ts";
import { flatIndex, gather as gatherElements } from "./families/index_space.ts";
import { byteStrides } from "./families/move.ts";
import { ONNX_GATHER } from "./families/onnx_picks.ts";
import { axisOf, checkSameType, checkShape, constantNumbers, inputShape } from "./families/parameters.ts";

interface GatherAttributes {
  readonly axis: number;
  /** How many dimensions in front the input and the indices have in common, index by index. */
  readonly batchDims: number;
  /** The indices and their shape, where the model names them; then they are no input. */
  readonly constant?: { readonly indices: readonly number[]; readonly shape: readonly number[] };
}

type Gather = Layer<GatherAttributes>;

/** Input 0 by input 1, or by what the model says of a constant one. */
function readGather(
  operator: TfliteOperator,
  [data, by]: readonly [number, number],
  axis: number,
  batchDims: number,
) {
  const [input, indices] = [operator.inputs[data], operator.inputs[by]];
  const rank = input?.shape.length ?? 0;
  const attributes = {
    axis: axisOf(axis, rank),
    batchDims: batchDims < 0 ? batchDims + (indices?.shape.length ?? 0) : batchDims,
  };
  if (!indices?.data || attributes.batchDims !== 0) return { attributes, inputs: [data, by] };
  const constant = { indices: constantNumbers(indices, "indices"), shape: indices.shape };
  return { attributes: { ...attributes, constant }, inputs: [data] };
}

function indicesShape(layer: Pick<Gather, "attributes" | "inputs">): readonly number[] {
  return layer.attributes.constant?.shape ?? layer.inputs[1]?.shape ?? [];
}

function shapeOf(layer: Pick<Gather, "attributes" | "inputs">): number[] {
  const { axis, batchDims } = layer.attributes;
  const shape = inputShape(layer);
  const by = indicesShape(layer);
  const alike = shape.slice(0, batchDims).join() === by.slice(0, batchDims).join();
  require(batchDims >= 0 && batchDims <= axis && batchDims <= by.length && alike, () =>
    `expects indices that share ${batchDims} dimensions with its input ${shape.join("×")} before dimension ${axis}, found ${by.join("×")}. The file may be damaged; re-export it.`);
  return [...shape.slice(0, axis), ...by.slice(batchDims), ...shape.slice(axis + 1)];
}

/** The numbers that the loops run over. */
function sizesOf(layer: Gather) {
  const { axis, batchDims } = layer.attributes;
  const shape = inputShape(layer);
  return {
    batches: elementCount(shape.slice(0, batchDims)),
    outer: elementCount(shape.slice(batchDims, axis)),
    size: shape[axis] ?? 1,
    inner: elementCount(shape.slice(axis + 1)),
    count: elementCount(indicesShape(layer).slice(batchDims)),
  };
}

function tensorsOf(layer: Gather): { input: Tensor; output: Tensor } {
  const [input] = layer.inputs;
  const [output] = layer.outputs;
  const count = layer.attributes.constant ? 1 : 2;
  require(layer.inputs.length === count && layer.outputs.length === 1 && !!input && !!output, () =>
    `expects ${count} inputs and 1 output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { input, output };
}

/** Constant indices: as any other choice of places. */
const picked = picking<GatherAttributes>((layer) => {
  const { input } = tensorsOf(layer);
  const { axis, constant } = layer.attributes;
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  return input.shape.map((count, d) =>
    d === axis ? listOf(constant?.indices ?? [], steps[d] ?? 0) : everyIndex(count, steps[d] ?? 0),
  );
});

const computed: KernelVariant<GatherAttributes> = {
  name: "gather",
  file: "gather/portable",
  fits: (layer) => layer.attributes.constant === undefined,
  cost: (layer) => elementCount(tensorsOf(layer).output.shape) * 4,
  calls(layer) {
    const { input } = tensorsOf(layer);
    const { batches, outer, size, inner, count } = sizesOf(layer);
    return [
      [
        { name: "input", input: 0 },
        { name: "indices", input: 1 },
        { name: "index_bytes", literal: elementBytes(layer.inputs[1]?.dtype ?? "int32") },
        { name: "output", output: 0 },
        { name: "batches", literal: batches },
        { name: "outer", literal: outer },
        { name: "count", literal: count },
        { name: "size", literal: size },
        { name: "run", literal: inner * elementBytes(input.dtype), note: "bytes" },
      ],
    ];
  },
};

export const gather = defineOperator<GatherAttributes>({
  kind: "gather",
  tflite: [
    {
      code: 36,
      name: "GATHER",
      options: { axis: { id: 0, type: "int32" }, batchDims: { id: 1, type: "int32" } },
      read: (operator) => readGather(operator, [0, 1], operator.option("axis"), operator.option("batchDims")),
    },
    { code: 7, name: "EMBEDDING_LOOKUP", read: (operator) => readGather(operator, [1, 0], 0, 0) },
  ],
  onnx: [ONNX_GATHER],
  check(layer) {
    const { input, output } = tensorsOf(layer);
    const { axis, constant } = layer.attributes;
    checkShape(output, shapeOf(layer));
    checkSameType(input, output);
    if (!constant) {
      checkIndexType(layer.inputs[1]);
      return;
    }
    const size = input.shape[axis] ?? 1;
    const wrong = constant.indices.find((index) => !(index >= 0 && index < size));
    require(wrong === undefined && constant.indices.length === elementCount(constant.shape), () =>
      `expects indices from 0 to ${size - 1} in dimension ${axis}, found ${wrong}. The file may be damaged; re-export it.`);
    checkListSizes(
      input.shape.filter((_, d) => d !== axis),
      [constant.indices.length],
    );
    picked.check(layer);
  },
  shapes: (layer) => [shapeOf(layer)],
  traits: {
    channels: ({ attributes: { axis, constant }, inputs }) =>
      constant && axis !== (inputs[0]?.shape.length ?? 0) - 1 ? "each" : undefined,
    copies: (layer) => (layer.attributes.constant ? picked.copies(layer) : []),
  },
  evaluate(layer, [values, by]) {
    const { batches, outer, size, inner, count } = sizesOf(layer);
    const indices = layer.attributes.constant?.indices ?? numbersOf(by);
    const { output } = tensorsOf(layer);
    return [
      gatherElements(
        { ...output, shape: [batches, outer, count, inner] },
        ([batch = 0, row = 0, at = 0, column = 0]) => {
          const index = clamp(indices[batch * count + at] ?? 0, 0, size - 1);
          return (
            values && { values, at: flatIndex([batches, outer, size, inner], [batch, row, index, column]) }
          );
        },
      ),
    ];
  },
  variants: [
    ...picked.variants.map(
      (variant): KernelVariant<GatherAttributes> => ({
        ...variant,
        fits: (layer, target) => layer.attributes.constant !== undefined && variant.fits(layer, target),
      }),
    ),
    computed,
  ],
  limits: "any type; int32 or int64 indices; computed ones out of range stand for the nearest that is not",
});
