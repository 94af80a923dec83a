/** QuantizeLinear and DequantizeLinear: their scales and zero points, and what they make of constants. */

import { require } from "../error.ts";
import type { Coding } from "../graph/coding.ts";
import { clamp, roundEven } from "../graph/fixed_point.ts";
import { elementCount, shapeText } from "../graph/tensor.ts";
import type { Coded, Numbers, OnnxConstant, OnnxNode, OnnxType } from "../ops/onnx_spelling.ts";
import { numbersFor } from "./onnx_tensor.ts";

/** Scales and zero points of a node, and how its elements take turns with them. */
export interface Codes {
  readonly type: OnnxType;
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  /** Which scale each element of a tensor of this shape has; `undefined` where there is one scale. */
  which(shape: readonly number[]): Numbers | undefined;
}

/** The smallest and largest integer of a type that quantization uses. */
const RANGES: ReadonlyMap<OnnxType, readonly [number, number]> = new Map<OnnxType, readonly [number, number]>(
  [
    ["int4", [-8, 7]],
    ["uint4", [0, 15]],
    ["int8", [-128, 127]],
    ["uint8", [0, 255]],
    ["int16", [-32768, 32767]],
    ["uint16", [0, 65535]],
    ["int32", [-(2 ** 31), 2 ** 31 - 1]],
  ],
);

/**
 * The codes in inputs 1 and 2 of a node. `type` is that of its integers where the zero point doesn't say. Throws an
 * `OperatorFault` on numbers that are no quantization.
 */
export function codesOf(node: OnnxNode, type: OnnxType): Codes {
  const [, scale, zero] = node.inputs;
  require(!!scale?.constant && (!zero || !!zero.constant), () =>
    "expects a constant scale and zero point, found computed ones. Quantize the model statically, with calibration data.");
  const scales = Array.from(scale.constant.values);
  const zeroPoints = zero?.constant ? Array.from(zero.constant.values) : scales.map(() => 0);
  require(scales.length >= 1 && scales.every((value) => value > 0 && Number.isFinite(value)), () =>
    `expects positive, finite scales, found ${scales.slice(0, 4).join(" ")}. The file may be damaged; re-export it.`);
  require(zeroPoints.length === scales.length, () =>
    `expects as many zero points as scales, found ${zeroPoints.length} and ${scales.length}. The file may be damaged; re-export it.`);
  const integers = zero?.constant?.type ?? type;
  const [low, high] = RANGES.get(integers) ?? [0, -1];
  require(zeroPoints.every((value) => value >= low && value <= high), () =>
    `expects ${[...RANGES.keys()].join(", ")} with zero points of that type, found ${integers} and ${zeroPoints.slice(0, 4).join(" ")}. Quantize the model to int8.`);
  const axis = node.integer("axis", 1);
  const block = node.integer("block_size", 0);
  return {
    type: integers,
    scales,
    zeroPoints,
    which: (shape) => (scales.length === 1 ? undefined : turns(shape, scale.shape, axis, block)),
  };
}

/** Which of the scales each element has: one an index of dimension `axis`, or one a block of such indices. */
function turns(shape: readonly number[], scales: readonly number[], axis: number, block: number): Numbers {
  const along = axis < 0 ? axis + shape.length : axis;
  const size = shape[along] ?? 0;
  const blocks = block > 0 ? Math.ceil(size / block) : size;
  const expected = block > 0 ? shape.map((s, d) => (d === along ? blocks : s)) : [size];
  require(elementCount(scales) === elementCount(expected) && size > 0, () =>
    `expects one scale or ${shapeText({ shape: expected })} for dimension ${axis} of ${shapeText({ shape })}, found ${shapeText({ shape: scales })}. The file may be damaged; re-export it.`);
  const inner = elementCount(shape.slice(along + 1));
  const which = new Uint32Array(elementCount(shape));
  for (let index = 0; index < which.length; index++) {
    const place = Math.floor(index / inner) % size;
    if (block === 0) which[index] = place;
    else {
      const outer = Math.floor(index / (inner * size));
      which[index] = (outer * blocks + Math.floor(place / block)) * inner + (index % inner);
    }
  }
  return which;
}

/** The coding of an activation: unsigned integers are stored less 2^(bits − 1), so as signed ones. */
export function codingOf({ type, scales, zeroPoints }: Codes): Coding {
  const [scale = 1] = scales;
  const [zeroPoint = 0] = zeroPoints;
  require(scales.length === 1, () =>
    `expects one scale for an activation, found ${scales.length}. Quantize activations per tensor.`);
  if (type === "int8" || type === "int16") return { dtype: type, scale, zeroPoint };
  if (type === "uint8") return { dtype: "int8", scale, zeroPoint: zeroPoint - 128 };
  require(type === "uint16", () =>
    `expects activations of int8, uint8, int16 or uint16, found ${type}. Quantize activations to int8.`);
  return { dtype: "int16", scale, zeroPoint: zeroPoint - 32768 };
}

/** A constant of integers as the real numbers that they stand for. */
export function dequantized({ values, shape }: OnnxConstant, codes: Codes): OnnxConstant {
  const which = codes.which(shape);
  const { type, scales, zeroPoints } = codes;
  const coded: Coded = { type, integers: values, scales, zeroPoints, ...(which ? { which } : {}) };
  const real = Float32Array.from(values, (value, index) => {
    const k = which?.[index] ?? 0;
    return (scales[k] ?? 1) * (value - (zeroPoints[k] ?? 0));
  });
  return { shape, type: "float32", values: real, coded };
}

/** A constant of real numbers as integers. */
export function quantized({ values, shape }: OnnxConstant, codes: Codes): OnnxConstant {
  const which = codes.which(shape);
  const [low, high] = RANGES.get(codes.type) ?? [0, 0];
  const integers = numbersFor(codes.type, values.length);
  for (let index = 0; index < values.length; index++) {
    const k = which?.[index] ?? 0;
    const quotient = Math.fround((values[index] ?? 0) / (codes.scales[k] ?? 1));
    const zero = codes.zeroPoints[k] ?? 0;
    integers[index] = Number.isNaN(quotient) ? zero : clamp(roundEven(quotient) + zero, low, high);
  }
  return { shape, type: codes.type, values: integers };
}
