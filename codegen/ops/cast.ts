/**
 * CAST: numbers as those of another type, without scales (TFLite Micro: cast.cc; LiteRT: cast.cc for the types it lacks).
 * What C leaves open is kept within the range of the type: a float beyond it is its nearest end, NaN is 0.
 */

import { require } from "../error.ts";
import {
  type DType,
  elementBytes,
  elementCount,
  numbersOf,
  shapeText,
  type Tensor,
  type Values,
  valuesOf,
  zeros,
} from "../graph/tensor.ts";
import { defineOperator, type KernelVariant, type Layer } from "./descriptor.ts";
import { ONNX_CAST } from "./families/onnx_cast.ts";
import { inputShape, oneToOne } from "./families/parameters.ts";

type Cast = Layer<Readonly<Record<string, never>>>;

/** Whether the bytes stay what they are; those of a bool become 0 and 1. */
function isCopy(input: Tensor, output: Tensor): boolean {
  const isByte = ({ dtype }: Tensor) => dtype === "int8" || dtype === "uint8";
  const isSame = input.dtype === output.dtype && output.dtype !== "bool";
  return isSame || (isByte(output) && (isByte(input) || input.dtype === "bool"));
}

function bounds(dtype: DType): { low: bigint; high: bigint } {
  const bits = BigInt(8 * elementBytes(dtype));
  if (dtype === "uint8") return { low: 0n, high: 255n };
  return { low: -(1n << (bits - 1n)), high: (1n << (bits - 1n)) - 1n };
}

/** A float without its fraction, within the range of a type. */
function truncated(value: number, dtype: DType): bigint {
  if (Number.isNaN(value)) return 0n;
  const { low, high } = bounds(dtype);
  if (value >= Number(high)) return high;
  return value <= Number(low) ? low : BigInt(Math.trunc(value));
}

/** The closest float32. Beyond 2^53 a number would be rounded as a double already: the bits that go are but one there. */
function floatOf(value: bigint): number {
  if (BigInt.asIntN(53, value) === value) return Math.fround(Number(value));
  const [high, low] = [value >> 11n, value & 0x7ffn];
  return Math.fround(Number(high | (low === 0n ? 0n : 1n)) * 2 ** 11);
}

/** The elements as integers, without fractions. */
function wholeNumbers(values: Values, to: DType): bigint[] {
  if (values instanceof BigInt64Array) return Array.from(values);
  const isFloat = values instanceof Float32Array;
  return Array.from(values, (value) => (isFloat ? truncated(value, to) : BigInt(value)));
}

function castValues(values: Values, from: DType, to: DType): Values {
  if (to === "bool") return Uint8Array.from(numbersOf(values), (value) => (value === 0 ? 0 : 1));
  if (from === to) return values.slice();
  if (to === "float32") {
    if (values instanceof BigInt64Array) return Float32Array.from(Array.from(values, floatOf));
    return Float32Array.from(numbersOf(values));
  }
  const whole = wholeNumbers(values, to);
  // An integer of a smaller type is the low bytes of a larger one.
  return valuesOf(to, lowBytes(whole, elementBytes(to)));
}

function lowBytes(values: readonly bigint[], size: number): Uint8Array {
  const bytes = new Uint8Array(values.length * size);
  const words = new Uint8Array(BigInt64Array.from(values).buffer);
  values.forEach((_, index) => {
    bytes.set(words.subarray(8 * index, 8 * index + size), index * size);
  });
  return bytes;
}

/** How the kernel is told of a type: its bytes, and whether it has a sign (a bool in has none), a fraction, or is a bool out. */
const typeArguments = (name: string, { dtype }: Tensor) => [
  { name: `${name}_bytes`, literal: elementBytes(dtype) },
  { name: `${name}_kind`, literal: KINDS[dtype], note: dtype },
];

const KINDS: Readonly<Record<DType, number>> = {
  int4: 0,
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0,
  uint8: 1,
  bool: 2,
  float32: 3,
};

const portable: KernelVariant<Readonly<Record<string, never>>> = {
  name: "cast_elements",
  file: "cast/portable",
  fits: () => true,
  cost: (layer) => elementCount(oneToOne(layer).output.shape) * 10,
  overlap(layer) {
    const { input, output } = oneToOne(layer);
    const grows = elementBytes(output.dtype) - elementBytes(input.dtype);
    return Math.max(0, (elementCount(output.shape) - 1) * grows);
  },
  calls(layer) {
    const { input, output } = oneToOne(layer);
    return [
      [
        { name: "input", input: 0, note: shapeText(input) },
        ...typeArguments("input", input),
        { name: "output", output: 0 },
        ...typeArguments("output", output),
        { name: "count", literal: elementCount(output.shape) },
      ],
    ];
  },
};

export const cast = defineOperator<Readonly<Record<string, never>>>({
  kind: "cast",
  tflite: [{ code: 53, name: "CAST", read: () => ({ attributes: {}, inputs: [0] }) }],
  onnx: [ONNX_CAST],
  check(layer: Cast) {
    const { input, output } = oneToOne(layer);
    require(elementCount(input.shape) === elementCount(output.shape), () =>
      `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  },
  shapes: (layer) => [inputShape(layer)],
  traits: {
    channels: ({ inputs: [input], outputs: [output] }) =>
      input?.dtype === "int8" && output?.dtype === "int8" ? "each" : undefined,
    copies(layer) {
      const { input, output } = oneToOne(layer);
      return isCopy(input, output) ? [{ input: 0, output: 0, inside: "input", offset: 0 }] : [];
    },
  },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    return [castValues(values ?? zeros(input.dtype, 0), input.dtype, output.dtype)];
  },
  variants: [portable],
  limits: "between all types; floats are cut off at the range of an integer type",
});
