/** ARG_MAX and ARG_MIN: the first index of an extremum along a dimension (TFLite reference: arg_min_max.h). */

import { require } from "../../error.ts";
import { type DType, elementBytes, elementCount, shapeText } from "../../graph/tensor.ts";
import type { Layer, OperatorDescriptor } from "../descriptor.ts";
import { alongArguments, linesOf, readAxis } from "./along.ts";
import { oneToOne } from "./parameters.ts";

export interface ArgAttributes {
  readonly axis: number;
  /** Whether the dimension stays, of size 1. */
  readonly keepDims?: boolean;
}

const TYPES: readonly DType[] = ["int8", "int16", "int32", "float32"];

/** All but the kind of ARG_MAX or ARG_MIN. */
export function argExtremum(code: number, name: string, minimum: boolean) {
  const beats = (value: number, best: number) => (minimum ? value < best : value > best);
  return {
    tflite: [{ code, name, read: (operator) => ({ attributes: { axis: readAxis(operator) }, inputs: [0] }) }],
    check(layer) {
      const { input, output } = oneToOne(layer);
      require(TYPES.includes(input.dtype), () =>
        `expects ${TYPES.join(", ")}, found ${input.dtype}. Quantize the model to int8.`);
      require(output.dtype === "int32" || output.dtype === "int64", () =>
        `expects int32 or int64 indices, found ${output.dtype}. Re-export the model.`);
      const kept = input.shape.filter((_, d) => d !== layer.attributes.axis);
      require(elementCount(kept) === elementCount(output.shape), () =>
        `expects an output that holds the dimensions of ${shapeText(input)} other than ${layer.attributes.axis}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    },
    shapes({ attributes: { axis, keepDims }, inputs }) {
      const shape = inputs[0]?.shape ?? [];
      return [shape.flatMap((size, d) => (d === axis ? (keepDims ? [1] : []) : [size]))];
    },
    evaluate(layer, [values]) {
      const { input, output } = oneToOne(layer);
      const indices = Array.from(linesOf(input, layer.attributes.axis), (line) => {
        let found = 0;
        line.forEach((at, index) => {
          if (beats(Number(values?.[at]), Number(values?.[line[found] ?? 0]))) found = index;
        });
        return found;
      });
      return [output.dtype === "int64" ? BigInt64Array.from(indices, BigInt) : Int32Array.from(indices)];
    },
    variants: [
      {
        name: "arg_extremum",
        file: "arg_extremum/portable",
        fits: () => true,
        cost: (layer) => elementCount(oneToOne(layer).input.shape) * 5,
        overlap(layer) {
          const { input, output } = oneToOne(layer);
          // Each index lies at or before the first of its values, and the next one's come after that.
          return elementBytes(output.dtype) <= elementBytes(input.dtype) ? 0 : undefined;
        },
        calls(layer: Layer<ArgAttributes>) {
          const { input, output } = oneToOne(layer);
          return [
            [
              { name: "minimum", literal: Number(minimum) },
              { name: "real", literal: Number(input.dtype === "float32") },
              { name: "bytes", literal: elementBytes(input.dtype) },
              { name: "output_bytes", literal: elementBytes(output.dtype) },
              { name: "input", input: 0, note: shapeText(input) },
              { name: "output", output: 0, note: shapeText(output) },
              ...alongArguments(input, layer.attributes.axis),
            ],
          ];
        },
      },
    ],
    limits: "int8, int16, int32, float32 in; int32, int64 out; constant axis",
  } satisfies Partial<OperatorDescriptor<ArgAttributes>>;
}
