/** ONE_HOT: a new dimension that holds one value at an index and another elsewhere (LiteRT: one_hot.cc). */

import { require } from "../error.ts";
import {
  elementBytes,
  elementCount,
  numbersOf,
  type Tensor,
  tensorBytes,
  type Values,
  valuesOf,
  zeros,
} from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { bytePattern, repeatsInFour } from "./families/border.ts";
import { checkIndexType } from "./families/computed_indices.ts";
import { axisOf, checkShape, constantNumbers, inputShape, oneToOne } from "./families/parameters.ts";

interface OneHotAttributes {
  /** The new dimension of the output, and its size. */
  readonly axis: number;
  readonly depth: number;
  /** What the output holds at the index, and elsewhere. */
  readonly on: number;
  readonly off: number;
}

type OneHot = Layer<OneHotAttributes>;

function constantValue(tensor: Tensor | undefined, output: Tensor | undefined): number {
  require(!!tensor?.data && elementCount(tensor.shape) === 1 && tensor.dtype === output?.dtype, () =>
    `expects one constant value of its output's type ${output?.dtype}, found ${tensor?.data ? tensor.dtype : "a computed one"}. Re-export the model.`);
  return numbersOf(valuesOf(tensor.dtype, tensor.data))[0] ?? 0;
}

function shapeOf({ attributes, inputs }: Pick<OneHot, "attributes" | "inputs">): number[] {
  const { axis, depth } = attributes;
  const shape = inputShape({ inputs });
  return [...shape.slice(0, axis), depth, ...shape.slice(axis)];
}

/** Elements of the output around the new dimension. */
function sizesOf(layer: OneHot): { outer: number; inner: number } {
  const shape = inputShape(layer);
  return {
    outer: elementCount(shape.slice(0, layer.attributes.axis)),
    inner: elementCount(shape.slice(layer.attributes.axis)),
  };
}

const set = (values: Values, at: number, value: number) => {
  values[at] = values instanceof BigInt64Array ? BigInt(value) : value;
};

export const oneHot = defineOperator<OneHotAttributes>({
  kind: "one_hot",
  tflite: [
    {
      code: 85,
      name: "ONE_HOT",
      options: { axis: { id: 0, type: "int32" } },
      read(operator) {
        const [indices, depths, on, off] = operator.inputs;
        const [output] = operator.outputs;
        const [depth = 0] = constantNumbers(depths, "depth");
        require(depth >= 1 && depth <= 65536, () =>
          `expects a depth from 1 to 65536, found ${depth}. The file may be damaged; re-export it.`);
        const rank = (indices?.shape.length ?? 0) + 1;
        return {
          attributes: {
            axis: axisOf(operator.option("axis"), rank),
            depth,
            on: constantValue(on, output),
            off: constantValue(off, output),
          },
          inputs: [0],
        };
      },
    },
  ],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkIndexType(input);
    checkShape(output, shapeOf(layer));
    require(repeatsInFour(output.dtype, layer.attributes.off), () =>
      `expects 0 or -1 where an int64 is off, found ${layer.attributes.off}. Cast to int32 before it.`);
    require(elementBytes(output.dtype) <= 4, () =>
      `expects an output of at most 4 bytes an element, found ${output.dtype}. Cast behind it.`);
  },
  shapes: (layer) => [shapeOf(layer)],
  evaluate(layer, [indices]) {
    const { output } = oneToOne(layer);
    const { depth, on, off } = layer.attributes;
    const { inner } = sizesOf(layer);
    const result = zeros(output.dtype, elementCount(output.shape));
    for (let at = 0; at < result.length; at++) set(result, at, off);
    numbersOf(indices).forEach((index, position) => {
      const outer = Math.floor(position / inner);
      if (index >= 0 && index < depth) set(result, (outer * depth + index) * inner + (position % inner), on);
    });
    return [result];
  },
  variants: [
    {
      name: "one_hot",
      file: "one_hot/portable",
      fits: () => true,
      cost: (layer) => tensorBytes(oneToOne(layer).output),
      calls(layer) {
        const { input, output } = oneToOne(layer);
        const { outer, inner } = sizesOf(layer);
        const { depth, on, off } = layer.attributes;
        return [
          [
            { name: "indices", input: 0 },
            { name: "index_bytes", literal: elementBytes(input.dtype) },
            { name: "output", output: 0 },
            { name: "bytes", literal: elementBytes(output.dtype) },
            { name: "fill", literal: tensorBytes(output), note: "bytes" },
            { name: "on", literal: bytePattern(output.dtype, on) },
            { name: "off", literal: bytePattern(output.dtype, off) },
            { name: "outer", literal: outer },
            { name: "depth", literal: depth },
            { name: "inner", literal: inner },
          ],
        ];
      },
    },
  ],
  limits: "any type of up to 4 bytes; int32 or int64 indices; constant depth and values",
});
