/** TOPK_V2: the largest values of each row in order, and their indices (TFLite reference: topk_v2.cc). */

import { require } from "../error.ts";
import { type DType, elementBytes, elementCount, shapeText, type Tensor, zeros } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { ONNX_TOP_K } from "./families/onnx_lines.ts";
import { constantNumbers } from "./families/parameters.ts";

interface TopkAttributes {
  /** How many values of each row. */
  readonly count: number;
}

type Topk = Layer<TopkAttributes>;

const TYPES: readonly DType[] = ["int8", "int16", "int32"];

function tensorsOf(layer: Topk): { input: Tensor; values: Tensor; indices: Tensor } {
  const [input] = layer.inputs;
  const [values, indices] = layer.outputs;
  require(layer.inputs.length === 1 && layer.outputs.length === 2 && !!input && !!values && !!indices, () =>
    `expects 1 input and 2 outputs, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { input, values, indices };
}

const depthOf = ({ shape }: Tensor) => shape.at(-1) ?? 1;

export const topk = defineOperator<TopkAttributes>({
  kind: "topk",
  tflite: [
    {
      code: 48,
      name: "TOPK_V2",
      read(operator) {
        const counts = constantNumbers(operator.inputs[1], "number of values");
        require(counts.length === 1, () =>
          `expects one number of values, found ${counts.length}. The file may be damaged; re-export it.`);
        return { attributes: { count: counts[0] ?? 0 }, inputs: [0] };
      },
    },
  ],
  onnx: [ONNX_TOP_K],
  check(layer) {
    const { input, values, indices } = tensorsOf(layer);
    const { count } = layer.attributes;
    require(TYPES.includes(input.dtype) && values.dtype === input.dtype && indices.dtype === "int32", () =>
      `expects values of one type of ${TYPES.join(", ")} and int32 indices, found ${input.dtype}, ${values.dtype} and ${indices.dtype}. Quantize the model to int8.`);
    require(input.shape.length >= 1 && count >= 1 && count <= depthOf(input), () =>
      `expects from 1 to ${depthOf(input)} values of each row, found ${count}. Re-export the model.`);
    const expected = (elementCount(input.shape) / depthOf(input)) * count;
    for (const output of [values, indices])
      require(elementCount(output.shape) === expected, () =>
        `expects ${expected} values of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  },
  shapes({ attributes: { count }, inputs }) {
    const shape = [...(inputs[0]?.shape.slice(0, -1) ?? []), count];
    return [shape, shape];
  },
  evaluate(layer, [values]) {
    const { input } = tensorsOf(layer);
    const { count } = layer.attributes;
    const depth = depthOf(input);
    const rows = elementCount(input.shape) / depth;
    const largest = zeros(input.dtype, rows * count);
    const indices = new Int32Array(rows * count);
    for (let row = 0; row < rows; row++) {
      const at = (index: number) => Number(values?.[row * depth + index]);
      const order = Array.from({ length: depth }, (_, index) => index).sort((i, j) => at(j) - at(i) || i - j);
      order.slice(0, count).forEach((index, place) => {
        largest[row * count + place] = at(index);
        indices[row * count + place] = index;
      });
    }
    return [largest, indices];
  },
  variants: [
    {
      name: "topk",
      file: "topk/portable",
      fits: () => true,
      cost: (layer) => elementCount(tensorsOf(layer).input.shape) * layer.attributes.count * 6,
      calls(layer) {
        const { input, values, indices } = tensorsOf(layer);
        return [
          [
            { name: "bytes", literal: elementBytes(input.dtype) },
            { name: "input", input: 0, note: shapeText(input) },
            { name: "values", output: 0, note: shapeText(values) },
            { name: "indices", output: 1, note: shapeText(indices) },
            { name: "rows", literal: elementCount(input.shape) / depthOf(input) },
            { name: "depth", literal: depthOf(input) },
            { name: "count", literal: layer.attributes.count },
          ],
        ];
      },
    },
  ],
  limits: "int8, int16, int32; constant number of values",
});
