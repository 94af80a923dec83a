/**
 * GATHER_ND: elements, or rows of them, that tuples of indices name (TFLite Micro: gather_nd.cc). A computed index that is
 * out of range stands for the nearest that is not, as in GATHER.
 */

import { require } from "../error.ts";
import { elementBytes, elementCount, numbersOf, type Tensor } from "../graph/tensor.ts";
import { defineOperator, type KernelVariant, type Layer } from "./descriptor.ts";
import { checkIndexType, kept, placeTable } from "./families/computed_indices.ts";
import { checkListSizes, everyIndex, picking } from "./families/index_lists.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides } from "./families/move.ts";
import { checkSameType, checkShape, constantNumbers, inputShape } from "./families/parameters.ts";

interface GatherNdAttributes {
  /** The indices and their shape, where the model names them; then they are no input. */
  readonly constant?: { readonly indices: readonly number[]; readonly shape: readonly number[] };
}

type GatherNd = Layer<GatherNdAttributes>;
type Inputs = Pick<GatherNd, "attributes" | "inputs">;

/** The indices' shape, how many of a tuple there are, and how many tuples. */
function tuplesOf({ attributes, inputs }: Inputs): {
  shape: readonly number[];
  depth: number;
  count: number;
} {
  const shape = attributes.constant?.shape ?? inputs[1]?.shape ?? [];
  return { shape, depth: shape.at(-1) ?? 0, count: elementCount(shape.slice(0, -1)) };
}

function shapeOf(layer: Inputs): number[] {
  const shape = inputShape(layer);
  const { shape: by, depth } = tuplesOf(layer);
  require(by.length >= 1 && depth >= 1 && depth <= shape.length, () =>
    `expects tuples of 1 to ${shape.length} indices, found indices of ${by.join("×")}. The file may be damaged; re-export it.`);
  return [...by.slice(0, -1), ...shape.slice(depth)];
}

function tensorsOf(layer: GatherNd): { input: Tensor; output: Tensor } {
  const [input] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.outputs.length === 1 && !!input && !!output, () =>
    "expects an input and 1 output, found others. The file may be damaged; re-export it.");
  return { input, output };
}

const lastOf = (layer: Inputs) =>
  inputShape(layer)
    .slice(0, tuplesOf(layer).depth)
    .map((size) => size - 1);

const stepsOf = (input: Tensor) => byteStrides(input.shape, elementBytes(input.dtype));

/** Constant indices: the tuples are one dimension, what is behind them the others. */
const picked = picking<GatherNdAttributes>((layer) => {
  const { input } = tensorsOf(layer);
  const { depth, count } = tuplesOf(layer);
  const steps = stepsOf(input);
  const indices = layer.attributes.constant?.indices ?? [];
  const tuples = Array.from({ length: count }, (_, tuple) =>
    indices
      .slice(tuple * depth, (tuple + 1) * depth)
      .reduce((sum, index, d) => sum + index * (steps[d] ?? 0), 0),
  );
  const rest = input.shape.slice(depth).map((size, d) => everyIndex(size, steps[depth + d] ?? 0));
  return [tuples, ...rest];
});

const computed: KernelVariant<GatherNdAttributes> = {
  name: "gather_nd",
  file: "gather_nd/portable",
  fits: (layer) => layer.attributes.constant === undefined,
  cost: (layer) => elementCount(tensorsOf(layer).output.shape) * 4,
  pack: (layer) => placeTable(lastOf(layer), stepsOf(tensorsOf(layer).input)),
  calls(layer) {
    const { input } = tensorsOf(layer);
    const { depth, count } = tuplesOf(layer);
    const run = elementCount(input.shape.slice(depth)) * elementBytes(input.dtype);
    return [
      [
        { name: "input", input: 0 },
        { name: "indices", input: 1 },
        { name: "index_bytes", literal: elementBytes(layer.inputs[1]?.dtype ?? "int32") },
        { name: "output", output: 0 },
        { name: "count", literal: count },
        { name: "depth", literal: depth },
        { name: "places", constant: "places" },
        { name: "run", literal: run, note: "bytes" },
      ],
    ];
  },
};

export const gatherNd = defineOperator<GatherNdAttributes>({
  kind: "gather_nd",
  tflite: [
    {
      code: 107,
      name: "GATHER_ND",
      read({ inputs: [, indices] }) {
        if (!indices?.data) return { attributes: {}, inputs: [0, 1] };
        const constant = { indices: constantNumbers(indices, "indices"), shape: indices.shape };
        return { attributes: { constant }, inputs: [0] };
      },
    },
  ],
  check(layer) {
    const { input, output } = tensorsOf(layer);
    const { constant } = layer.attributes;
    if (!constant) checkIndexType(layer.inputs[1]);
    checkShape(output, shapeOf(layer));
    checkSameType(input, output);
    if (!constant) return;
    const { depth } = tuplesOf(layer);
    constant.indices.forEach((index, at) => {
      const size = input.shape[at % depth] ?? 1;
      require(index >= 0 && index < size, () =>
        `expects indices from 0 to ${size - 1} in dimension ${at % depth}, found ${index}. The file may be damaged; re-export it.`);
    });
    checkListSizes(input.shape.slice(depth), [constant.indices.length]);
    picked.check(layer);
  },
  shapes: (layer) => [shapeOf(layer)],
  traits: { copies: (layer) => (layer.attributes.constant ? picked.copies(layer) : []) },
  evaluate(layer, [values, by]) {
    const { input, output } = tensorsOf(layer);
    const { depth, count } = tuplesOf(layer);
    const indices = layer.attributes.constant?.indices ?? numbersOf(by);
    const rest = input.shape.slice(depth);
    const last = lastOf(layer);
    return [
      gather({ ...output, shape: [count, ...rest] }, ([tuple = 0, ...inside]) => {
        const place = kept(indices.slice(tuple * depth, (tuple + 1) * depth), last);
        return values && { values, at: flatIndex(input.shape, [...place, ...inside]) };
      }),
    ];
  },
  variants: [
    ...picked.variants.map(
      (variant): KernelVariant<GatherNdAttributes> => ({
        ...variant,
        fits: (layer, target) => layer.attributes.constant !== undefined && variant.fits(layer, target),
      }),
    ),
    computed,
  ],
  limits: "any type; int32 or int64 indices; computed ones out of range stand for the nearest that is not",
});
