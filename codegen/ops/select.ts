/**
 * SELECT and SELECT_V2: elements of the second input where the first is true, else of the third, as they are stored
 * (TFLite reference: select.h; TFLite Micro: select.cc).
 */

import { require } from "../error.ts";
import { elementBytes, elementCount, shapeText, type Tensor, zeros } from "../graph/tensor.ts";
import { type Argument, defineOperator, type Layer } from "./descriptor.ts";
import { checkBroadcast } from "./families/binary.ts";
import { binaryNests, elementOverlap, levelArguments } from "./families/binary_nest.ts";
import { broadcastShape, forEachBroadcast } from "./families/broadcast.ts";
import { ONNX_WHERE } from "./families/onnx_conditions.ts";

interface SelectAttributes {
  /** Whether a condition of one dimension belongs to the others' first dimension, not to their last. */
  readonly leading: boolean;
}

type Select = Layer<SelectAttributes>;

/** The three operands, the condition in the shape in which it broadcasts. */
function operandsOf({ attributes, inputs }: Pick<Select, "attributes" | "inputs">): [Tensor, Tensor, Tensor] {
  const [condition, a, b] = inputs;
  require(inputs.length === 3 && !!condition && !!a && !!b, () =>
    `expects 3 inputs, found ${inputs.length}. The file may be damaged; re-export it.`);
  if (!attributes.leading || condition.shape.length !== 1) return [condition, a, b];
  return [{ ...condition, shape: [...condition.shape, ...a.shape.slice(1).map(() => 1)] }, a, b];
}

function outputOf(layer: Select): Tensor {
  const [output] = layer.outputs;
  require(layer.outputs.length === 1 && !!output, () =>
    `expects 1 output, found ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return output;
}

export const select = defineOperator<SelectAttributes>({
  kind: "select",
  tflite: [
    { code: 64, name: "SELECT", micro: false, read: () => ({ attributes: { leading: true } }) },
    { code: 123, name: "SELECT_V2", read: () => ({ attributes: { leading: false } }) },
  ],
  onnx: [ONNX_WHERE],
  check(layer) {
    const [condition, a, b] = operandsOf(layer);
    const output = outputOf(layer);
    require(condition.dtype === "bool" && a.dtype === b.dtype && a.dtype === output.dtype, () =>
      `expects a bool condition and one type for the rest, found ${condition.dtype}, ${a.dtype}, ${b.dtype} and ${output.dtype}. Re-export the model.`);
    require(!layer.attributes.leading || a.shape.join() === b.shape.join(), () =>
      `expects two tensors of one shape to select from, found ${shapeText(a)} and ${shapeText(b)}. Re-export the model.`);
    checkBroadcast([condition, a, b], output);
  },
  shapes: (layer) => [broadcastShape(...operandsOf(layer).map(({ shape }) => shape))],
  traits: {
    broadcasts: ({ attributes, inputs }) => !attributes.leading || inputs[0]?.shape.length !== 1,
    channels(layer) {
      const channels = outputOf(layer).shape.at(-1);
      const apart = (tensor: Tensor) => tensor.shape.at(-1) === channels || tensor.data !== undefined;
      return operandsOf(layer).every(apart) ? "each" : undefined;
    },
  },
  evaluate(layer, [conditions, as, bs]) {
    const shapes = operandsOf(layer).map(({ shape }) => shape);
    const { dtype } = outputOf(layer);
    const result = zeros(dtype, elementCount(broadcastShape(...shapes)));
    forEachBroadcast(shapes, ([c = 0, i = 0, j = 0], at) => {
      const value = (conditions?.[c] ? as?.[i] : bs?.[j]) ?? 0;
      if (result instanceof BigInt64Array) result[at] = BigInt(value);
      else result[at] = Number(value);
    });
    return [result];
  },
  variants: [
    {
      name: "select_elements",
      file: "select/portable",
      fits: () => true,
      cost: (layer) => elementCount(outputOf(layer).shape) * 6,
      overlap: elementOverlap,
      calls(layer) {
        const operands = operandsOf(layer);
        const output = outputOf(layer);
        const names = ["condition", "a", "b"];
        const bytes = operands.map(({ dtype }) => elementBytes(dtype));
        const outputBytes = elementBytes(output.dtype);
        return binaryNests(...operands.map(({ shape }) => shape)).map((nest): Argument[] => [
          { name: "bytes", literal: outputBytes },
          ...operands.map((tensor, input) => ({
            name: names[input] ?? "",
            input,
            offset: (nest.starts[input] ?? 0) * (bytes[input] ?? 1),
            note: shapeText(tensor),
          })),
          { name: "output", output: 0, offset: nest.output * outputBytes, note: shapeText(output) },
          ...levelArguments(nest.levels, bytes, names),
        ]);
      },
    },
  ],
  limits: "any type; any broadcast",
});
