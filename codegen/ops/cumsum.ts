/**
 * CUMSUM: running sums along a dimension (TFLite reference: cumsum.h). int8 as TFLite Micro has it: the sums start from
 * the scaled negative zero point, and what does not fit int32 wraps.
 */

import { require } from "../error.ts";
import { clamp, fixedFactor, onceFactor, requantize } from "../graph/fixed_point.ts";
import { type DType, elementBytes, elementCount, shapeText, type Values, zeros } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import { alongArguments, extentOf, linesOf, readAxis } from "./families/along.ts";
import { ONNX_CUMSUM } from "./families/onnx_lines.ts";
import { checkSameType, oneToOne } from "./families/parameters.ts";

export interface CumsumAttributes {
  readonly axis: number;
  /** Whether an element's own value is left out of its sum. */
  readonly exclusive: boolean;
  /** Whether sums run from the last element to the first. */
  readonly reverse: boolean;
  /** `once`: int8 sums are exact and rounded once, as ONNX has them. */
  readonly rounding?: "once";
}

type Cumsum = Layer<CumsumAttributes>;

const RUN: readonly DType[] = ["int8", "float32"];
const TYPES: readonly DType[] = [...RUN, "int32", "int64"];
const LEFT_SHIFT = 20;

/**
 * The int8 arithmetic: values are halved, as if one of two that are added, and sums scaled to the output. Where sums are
 * rounded once, a factor of 2^-20 leaves values as they are.
 */
function arithmeticOf(layer: Cumsum) {
  const { input, output } = oneToOne(layer);
  if (layer.attributes.rounding) {
    const scaled = (stored: number) => stored - zeroPointOf(input);
    const value = { multiplier: 2 ** 30, shift: 1 - LEFT_SHIFT };
    return { value, sum: onceFactor(scaleOf(input) / scaleOf(output)), scaled, initial: 0 };
  }
  const twice = 2 * scaleOf(input);
  const value = fixedFactor(scaleOf(input) / twice);
  const sum = fixedFactor(twice / (2 ** LEFT_SHIFT * scaleOf(output)));
  const scaled = (stored: number) => requantize((stored - zeroPointOf(input)) * 2 ** LEFT_SHIFT, value);
  return { value, sum, scaled, initial: scaled(0) };
}

/** The running sums of one line of values. */
function runningSums<T>(
  values: readonly T[],
  { exclusive }: CumsumAttributes,
  first: T,
  add: (a: T, b: T) => T,
): T[] {
  let sum = first;
  return values.map((value) => {
    const before = sum;
    sum = add(sum, value);
    return exclusive ? before : sum;
  });
}

/** Sums of a line's values, by the arithmetic of the layer's type. */
function sumsOf(layer: Cumsum): (values: readonly (number | bigint)[]) => (number | bigint)[] {
  const { input, output } = oneToOne(layer);
  const { attributes } = layer;
  if (input.dtype === "float32")
    return (values) => runningSums(values.map(Number), attributes, 0, (a, b) => Math.fround(a + b));
  if (input.dtype !== "int8")
    return (values) =>
      runningSums(values.map(BigInt), attributes, 0n, (a, b) =>
        BigInt.asIntN(8 * elementBytes(input.dtype), a + b),
      );
  const { sum, scaled, initial } = arithmeticOf(layer);
  return (values) =>
    runningSums(values.map(Number).map(scaled), attributes, initial, (a, b) => (a + b) | 0).map((total) =>
      clamp(requantize(total, sum) + zeroPointOf(output), -128, 127),
    );
}

function evaluate(layer: Cumsum, [values]: readonly (Values | undefined)[]): Values[] {
  const { input, output } = oneToOne(layer);
  const result = zeros(output.dtype, elementCount(output.shape));
  const sums = sumsOf(layer);
  for (const line of linesOf(input, layer.attributes.axis)) {
    if (layer.attributes.reverse) line.reverse();
    sums(line.map((at) => values?.[at] ?? 0)).forEach((value, place) => {
      const at = line[place] ?? 0;
      if (result instanceof BigInt64Array) result[at] = BigInt(value);
      else result[at] = Number.isNaN(value) ? Number.NaN : Number(value);
    });
  }
  return [result];
}

export const cumsum = defineOperator<CumsumAttributes>({
  kind: "cumsum",
  tflite: [
    {
      code: 128,
      name: "CUMSUM",
      options: { exclusive: { id: 0, type: "bool" }, reverse: { id: 1, type: "bool" } },
      read: (operator) => ({
        attributes: {
          axis: readAxis(operator),
          exclusive: operator.option("exclusive") !== 0,
          reverse: operator.option("reverse") !== 0,
        },
        inputs: [0],
      }),
    },
  ],
  onnx: [ONNX_CUMSUM],
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(TYPES.includes(input.dtype), () =>
      `expects ${TYPES.join(", ")}, found ${input.dtype}. Quantize the model to int8.`);
    checkSameType(input, output);
    require(input.shape.join() === output.shape.join(), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    if (input.dtype !== "int8") return;
    for (const tensor of [input, output]) scaleOf(tensor);
    const { shift } = arithmeticOf(layer).sum;
    const largest = extentOf(input, layer.attributes.axis).depth * 255 * 2 ** Math.max(shift, 0);
    require(!layer.attributes.rounding || largest < 2 ** 30, () =>
      `expects results below 2^30 steps of the output, found that sums can reach ${largest}. Check the scales; re-export the model.`);
  },
  shapes: ({ inputs }) => [inputs[0]?.shape ?? []],
  traits: {
    channels: (layer) =>
      layer.attributes.axis === oneToOne(layer).input.shape.length - 1 ? undefined : "each",
  },
  evaluate,
  variants: [
    {
      name: "cumsum",
      file: "cumsum/portable",
      fits: (layer) => RUN.includes(oneToOne(layer).input.dtype),
      cost: (layer) => elementCount(oneToOne(layer).input.shape) * 15,
      overlap(layer) {
        const { axis, reverse } = layer.attributes;
        // Only where values are read in the order in which they lie.
        return extentOf(oneToOne(layer).input, axis).inner === 1 && !reverse ? 0 : undefined;
      },
      calls(layer) {
        const { input, output } = oneToOne(layer);
        const { axis, exclusive, reverse } = layer.attributes;
        const real = input.dtype === "float32";
        const { depth, inner } = extentOf(input, axis);
        const offset = reverse ? (depth - 1) * inner * elementBytes(input.dtype) : 0;
        const none = { multiplier: 0, shift: 0 };
        const { value, sum, initial } = real ? { value: none, sum: none, initial: 0 } : arithmeticOf(layer);
        return [
          [
            { name: "real", literal: Number(real) },
            { name: "exclusive", literal: Number(exclusive) },
            { name: "input", input: 0, offset, note: shapeText(input) },
            { name: "output", output: 0, offset, note: shapeText(output) },
            ...alongArguments(input, axis, { reverse }),
            { name: "input_zero_point", literal: real ? 0 : zeroPointOf(input) },
            { name: "initial", literal: initial },
            { name: "multiplier_a", literal: value.multiplier },
            { name: "shift_a", literal: value.shift },
            { name: "multiplier", literal: sum.multiplier },
            { name: "shift", literal: sum.shift },
            { name: "zero_point", literal: real ? 0 : zeroPointOf(output) },
          ],
        ];
      },
    },
  ],
  limits: "int8, float32; int32, int64 of constants; constant axis",
});
