/** Elementwise operators of two tensors with broadcasting, quantized or not: rules, traits and reference. */

import { require } from "../../error.ts";
import { clamp, type FixedFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import {
  type DType,
  dimensions,
  elementBytes,
  elementCount,
  shapeText,
  type Tensor,
  type Values,
  zeros,
} from "../../graph/tensor.ts";
import type { ChannelFlow } from "../descriptor.ts";
import { type Activation, activationRange, realRange, scaleOf, zeroPointOf } from "./activation.ts";
import { checkBinaryNests } from "./binary_nest.ts";
import { broadcastShape, forEachBroadcast } from "./broadcast.ts";

export interface BinaryAttributes {
  readonly activation: Activation;
  /** `once`: products are rounded once, not twice as TFLite Micro does. */
  readonly rounding?: "once";
}

/** Factors of the first operand, the second and the result; a multiplier of 0 where there is none. */
export type Factors = Record<"a" | "b" | "output", FixedFactor>;

/** An operation on quantized values. */
export interface QuantizedOperation {
  readonly types: readonly ("int8" | "int16")[];
  readonly kernel: "binary_quantized" | "divide_s8";
  /** Its number in `arithmetic` of assembly/binary/elements.ts, for the first kernel. */
  readonly code: number;
  /** Whether int16 tensors must have zero points of 0. */
  readonly symmetric?: boolean;
  /** Bits that operands are shifted left by before they are scaled. */
  leftShift(dtype: DType): number;
  factors(a: Tensor, b: Tensor, output: Tensor, rounding?: "once"): Factors;
  /** The result before zero point and clamp, from operands without their zero points. */
  apply(a: number, b: number, factors: Factors, leftShift: number): number;
}

/** An operation on numbers as they are. */
export interface PlainOperation {
  /** Its number in `plain` of assembly/binary/elements.ts; without one it runs only while the model is built. */
  readonly code?: number;
  /** The types of integers that it takes. */
  readonly types: readonly DType[];
  /** Of integers; what the type does not hold wraps. */
  whole(a: bigint, b: bigint): bigint;
  /** Its number in `real` of elements.ts. */
  readonly realCode?: number;
  /** Of float32, each step rounded; none where it takes no floats. */
  real?(a: number, b: number): number;
  /** Whether the results of `real` are kept within the largest float32, as those of operators with an activation. */
  readonly bounded?: boolean;
}

export interface BinaryOperation {
  readonly quantized?: QuantizedOperation;
  readonly plain?: PlainOperation;
}

/** Factor of an operand that is not scaled. */
export const NO_FACTOR: FixedFactor = { multiplier: 0, shift: 0 };

/** Whether an operand's factor is below 1/2, or exactly 1/2. */
export function scalesDown({ multiplier, shift }: FixedFactor): boolean {
  return shift < 0 || (shift === 0 && multiplier === 2 ** 30) || multiplier === 0;
}

/** Operands and result of a layer. Throws an `OperatorFault` where one is missing. */
export function binaryTensors(layer: Pick<Layer<unknown>, "inputs" | "outputs">): {
  a: Tensor;
  b: Tensor;
  output: Tensor;
} {
  const [a, b] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.inputs.length === 2 && layer.outputs.length === 1 && !!a && !!b && !!output, () =>
    `expects 2 inputs and 1 output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { a, b, output };
}

/** The element types that an operation takes. */
export function typesOf({ quantized, plain }: BinaryOperation): DType[] {
  return [...(quantized?.types ?? []), ...(plain?.types ?? []), ...(plain?.real ? ["float32" as const] : [])];
}

/** The quantized operation that a layer runs, if it is one. */
export function quantizedOf(
  layer: Layer<unknown>,
  operation: BinaryOperation,
): QuantizedOperation | undefined {
  const { quantized } = operation;
  const { dtype } = binaryTensors(layer).a;
  return quantized?.types.some((type) => type === dtype) ? quantized : undefined;
}

/** Throws an `OperatorFault` unless operands of these shapes fit the output's, and the kernels' loops. */
export function checkBroadcast(operands: readonly Tensor[], output: Tensor): void {
  const shapes = operands.map(({ shape }) => shape);
  const shape = broadcastShape(...shapes);
  require(elementCount(shape) === elementCount(output.shape), () =>
    `expects an output of ${dimensions(shape)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  checkBinaryNests(...shapes);
}

/** Types, quantization and shapes of a binary layer. */
export function checkBinary(layer: Layer<BinaryAttributes>, operation: BinaryOperation): void {
  const { a, b, output } = binaryTensors(layer);
  const types = typesOf(operation);
  require(types.includes(a.dtype) && a.dtype === b.dtype && a.dtype === output.dtype, () =>
    `expects tensors of one type of ${types.join(", ")}, found ${a.dtype}, ${b.dtype} and ${output.dtype}. Quantize the model to int8.`);
  const quantized = quantizedOf(layer, operation);
  if (quantized) {
    for (const tensor of [a, b, output]) scaleOf(tensor);
    const zeroPoints = [a, b, output].map(zeroPointOf);
    require(!quantized.symmetric || a.dtype !== "int16" || zeroPoints.every((zero) => zero === 0), () =>
      `expects int16 tensors with zero points of 0, found ${zeroPoints.join(", ")}. Re-export the model.`);
  } else
    require(a.dtype === "float32" || layer.attributes.activation === "none", () =>
      `expects no fused activation on ${a.dtype}, found ${layer.attributes.activation}. Export the activation as an operator of its own.`);
  checkBroadcast([a, b], output);
}

/** Whether one operand is a constant scalar, so that the layer is a function of each element of the other. */
export function hasConstantScalar(layer: Layer<unknown>): boolean {
  const { a, b } = binaryTensors(layer);
  const scalar = (tensor: Tensor) => tensor.data !== undefined && elementCount(tensor.shape) === 1;
  return scalar(a) !== scalar(b);
}

/** The traits of a binary operator; channels stay apart unless a map of one channel spreads over several. */
export const binaryTraits = {
  elementwise: hasConstantScalar,
  broadcasts: () => true,
  channels(layer: Layer<unknown>): ChannelFlow | undefined {
    const { a, b, output } = binaryTensors(layer);
    const channels = output.shape.at(-1);
    const apart = (tensor: Tensor) => tensor.shape.at(-1) === channels || tensor.data !== undefined;
    return apart(a) && apart(b) ? "each" : undefined;
  },
};

/** The limits of a plain layer's float32 results. */
export function realLimits(layer: Layer<BinaryAttributes>, plain: PlainOperation): readonly [number, number] {
  return plain.bounded ? realRange(layer.attributes.activation) : [-Infinity, Infinity];
}

/** A layer's function of two elements, as they are stored. */
function elementOf(layer: Layer<BinaryAttributes>, operation: BinaryOperation): ElementFunction {
  const { a, b, output } = binaryTensors(layer);
  const quantized = quantizedOf(layer, operation);
  if (quantized) {
    const factors = quantized.factors(a, b, output, layer.attributes.rounding);
    const { min, max } = activationRange(layer.attributes.activation, output);
    const shift = quantized.leftShift(a.dtype);
    return (x, y) => {
      const value = quantized.apply(Number(x) - zeroPointOf(a), Number(y) - zeroPointOf(b), factors, shift);
      return clamp(value + zeroPointOf(output), min, max);
    };
  }
  const { plain } = operation;
  if (!plain) throw new RangeError("an operation has a quantized or a plain form");
  const { whole, real } = plain;
  if (a.dtype !== "float32" || !real) return (x, y) => whole(BigInt(x), BigInt(y));
  const [low, high] = realLimits(layer, plain);
  // Not Math.min and Math.max, so that NaN stays; as one NaN, whatever bits the engine gave it.
  return (x, y) => {
    const value = real(Number(x), Number(y));
    if (Number.isNaN(value)) return Number.NaN;
    return value < low ? low : value > high ? high : value;
  };
}

export function evaluateBinary(
  layer: Layer<BinaryAttributes>,
  [left, right]: readonly (Values | undefined)[],
  operation: BinaryOperation,
): Values[] {
  const { a, b, output } = binaryTensors(layer);
  return [mapPairs(a, b, output.dtype, left, right, elementOf(layer, operation))];
}

/** A function of two elements; of whole numbers, those that the output's type does not hold wrap. */
export type ElementFunction = (x: number | bigint, y: number | bigint) => number | bigint;

/** `element` of all pairs of two tensors that broadcast. */
export function mapPairs(
  a: Tensor,
  b: Tensor,
  dtype: DType,
  left: Values | undefined,
  right: Values | undefined,
  element: ElementFunction,
): Values {
  const result = zeros(dtype, elementCount(broadcastShape(a.shape, b.shape)));
  const bits = 8 * elementBytes(dtype);
  forEachBroadcast([a.shape, b.shape], ([i = 0, j = 0], at) => {
    const value = element(left?.[i] ?? 0, right?.[j] ?? 0);
    if (result instanceof BigInt64Array) result[at] = BigInt(value);
    else result[at] = typeof value === "bigint" ? Number(BigInt.asIntN(bits, value)) : value;
  });
  return result;
}
