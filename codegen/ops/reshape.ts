/** RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements in the same order under another shape. */

import { require } from "../error.ts";
import { elementCount, type Tensor } from "../graph/tensor.ts";
import { defineOperator, type TfliteOperator, type TfliteSpelling } from "./descriptor.ts";
import { ONNX_RESHAPES } from "./families/onnx_reshape.ts";
import { axisOf, constantNumbers, inputShape } from "./families/parameters.ts";
import { wholeCopy } from "./families/whole_copy.ts";

interface ReshapeAttributes {
  /** The new shape, where the model says it; −1 once for what the other dimensions leave. */
  readonly shape?: readonly number[];
}

/** A spelling; what its `shapeOf` does not know is the shape that the file gives the output. */
function spelling(
  code: number,
  name: string,
  shapeOf: (input: Tensor, operator: TfliteOperator) => readonly number[] | undefined,
  options?: TfliteSpelling<ReshapeAttributes>["options"],
): TfliteSpelling<ReshapeAttributes> {
  return {
    code,
    name,
    ...(options && { options }),
    read(operator) {
      const [input] = operator.inputs;
      const shape = (input && shapeOf(input, operator)) ?? operator.outputs[0]?.shape;
      return { attributes: { ...(shape && { shape }) }, inputs: [0] };
    },
  };
}

function reshaped(_: Tensor, operator: TfliteOperator): readonly number[] | undefined {
  const [, shape] = operator.inputs;
  if (shape) return shape.data ? constantNumbers(shape, "shape") : undefined;
  const option = operator.optionVector("shape");
  return option.length > 0 ? option : undefined;
}

function squeezed({ shape }: Tensor, operator: TfliteOperator): readonly number[] {
  const axes = operator.optionVector("axes").map((axis) => axisOf(axis, shape.length));
  return shape.filter((size, d) => size !== 1 || (axes.length > 0 && !axes.includes(d)));
}

function expanded({ shape }: Tensor, { inputs: [, axis] }: TfliteOperator): readonly number[] | undefined {
  if (!axis?.data) return undefined;
  const [given = 0] = constantNumbers(axis, "axis");
  const at = axisOf(given, shape.length + 1);
  return [...shape.slice(0, at), 1, ...shape.slice(at)];
}

/** `shape` with the number that −1 stands for. */
function withoutRest(shape: readonly number[], input: readonly number[]): number[] {
  const known = shape.reduce((product, size) => (size === -1 ? product : product * size), 1);
  const rest = elementCount(input) / known;
  require(shape.filter((size) => size === -1).length <= 1 && Number.isInteger(rest) && rest >= 1, () =>
    `expects a shape of the ${elementCount(input)} elements of its input, found ${shape.join("×")}. The file may be damaged; re-export it.`);
  return shape.map((size) => (size === -1 ? rest : size));
}

const COPY = wholeCopy<ReshapeAttributes>();

export const reshape = defineOperator<ReshapeAttributes>({
  kind: "reshape",
  tflite: [
    spelling(22, "RESHAPE", reshaped, { shape: { id: 0, type: "int32[]" } }),
    spelling(43, "SQUEEZE", squeezed, { axes: { id: 0, type: "int32[]" } }),
    spelling(70, "EXPAND_DIMS", expanded),
  ],
  onnx: ONNX_RESHAPES,
  jobs: { view: (shape) => ({ shape }) },
  ...COPY,
  shapes: ({ attributes: { shape }, ...layer }) => {
    require(shape !== undefined, () =>
      "expects a shape that the model says, found a computed one. Export the model with fixed shapes.");
    return [withoutRest(shape, inputShape(layer))];
  },
  traits: {
    ...COPY.traits,
    channels(layer) {
      const before = layer.inputs[0]?.shape.at(-1) ?? 1;
      const after = layer.outputs[0]?.shape.at(-1) ?? 1;
      if (before === after) return "each";
      return after % before === 0 ? "flatten" : undefined;
    },
  },
  limits: "any type; the output shape must be known when the model is built",
});
