/** DEQUANTIZE: int8, uint8 or int16 to float32 (TFLite reference: dequantize.h). */

import { require } from "../error.ts";
import { type DType, elementBytes, elementCount, numbersOf, shapeText } from "../graph/tensor.ts";
import { defineOperator } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { floatBits } from "./families/float_bits.ts";
import { oneToOne } from "./families/parameters.ts";

const INPUTS: readonly DType[] = ["int8", "uint8", "int16"];

export const dequantize = defineOperator<unknown>({
  kind: "dequantize",
  tflite: [{ code: 6, name: "DEQUANTIZE", read: () => ({ attributes: {} }) }],
  jobs: { decode: () => ({}) },
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(INPUTS.includes(input.dtype) && output.dtype === "float32", () =>
      `expects ${INPUTS.join(", ")} in and float32 out, found ${input.dtype} and ${output.dtype}. Re-export the model.`);
    require(elementCount(input.shape) === elementCount(output.shape), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    scaleOf(input);
  },
  shapes: ({ inputs }) => [inputs[0]?.shape ?? []],
  traits: { elementwise: () => true },
  evaluate(layer, inputs) {
    const { input } = oneToOne(layer);
    return [
      Float32Array.from(numbersOf(inputs[0]), (value) => scaleOf(input) * (value - zeroPointOf(input))),
    ];
  },
  variants: [
    {
      name: "dequantize_f32",
      file: "dequantize/portable",
      fits: () => true,
      cost: (layer) => elementCount(oneToOne(layer).output.shape) * 6,
      calls(layer) {
        const { input, output } = oneToOne(layer);
        return [
          [
            { name: "input", input: 0, note: shapeText(input) },
            { name: "bytes", literal: elementBytes(input.dtype) },
            { name: "signed", literal: Number(input.dtype !== "uint8") },
            { name: "output", output: 0 },
            { name: "count", literal: elementCount(output.shape) },
            { name: "scale_bits", literal: floatBits(scaleOf(input)), note: `of ${scaleOf(input)}` },
            { name: "zero_point", literal: zeroPointOf(input) },
          ],
        ];
      },
    },
  ],
  limits: "int8, uint8, int16 in; float32 out, at the border",
});
