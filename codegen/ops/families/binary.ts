/** ADD, SUB, MUL and PRELU: elementwise operators of two int8 tensors with broadcasting. */

import { require } from "../../error.ts";
import { clamp, type FixedFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { elementCount, shapeText, type Tensor, type Values } from "../../graph/tensor.ts";
import type { Argument, ChannelFlow, KernelVariant, OperatorDescriptor } from "../descriptor.ts";
import { type Activation, activationOf, activationRange, scaleOf, zeroPointOf } from "./activation.ts";
import { type BroadcastLevel, broadcastLevels, broadcastShape, forEachPair } from "./broadcast.ts";
import { tableVariant } from "./unary_table.ts";

export interface BinaryAttributes {
  readonly activation: Activation;
}

/** What tells one binary operator from another. */
export interface BinaryOperation {
  /** Its number in assembly/binary/portable.ts. */
  readonly code: number;
  /** Factors of the first operand, the second and the result; a multiplier of 0 where there is none. */
  factors(a: Tensor, b: Tensor, output: Tensor): Record<"a" | "b" | "output", FixedFactor>;
  /** The result before zero point and clamp, from operands without their zero points. */
  apply(a: number, b: number, factors: Record<"a" | "b" | "output", FixedFactor>): number;
}

const NONE: FixedFactor = { multiplier: 0, shift: 0 };

export { NONE as NO_FACTOR };

/** Operands and result of a layer. Throws an `OperatorFault` where one is missing. */
export function binaryTensors(layer: Layer<unknown>): { a: Tensor; b: Tensor; output: Tensor } {
  const [a, b] = layer.inputs;
  const [output] = layer.outputs;
  require(layer.inputs.length === 2 && layer.outputs.length === 1 && !!a && !!b && !!output, () =>
    `expects 2 inputs and 1 output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { a, b, output };
}

/** Types, quantization and shapes of a binary layer. */
export function checkBinary(layer: Layer<unknown>): void {
  const { a, b, output } = binaryTensors(layer);
  require([a, b, output].every(({ dtype }) => dtype === "int8"), () =>
    `expects int8 tensors, found ${a.dtype}, ${b.dtype} and ${output.dtype}. Quantize the model to int8.`);
  for (const tensor of [a, b, output]) scaleOf(tensor);
  const shape = broadcastShape(a.shape, b.shape);
  require(elementCount(shape) === elementCount(output.shape), () =>
    `expects an output of ${shape.join("×")}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
}

/** Whether one operand is a constant scalar, so that the layer is a function of each element of the other. */
function hasConstantScalar(layer: Layer<unknown>): boolean {
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

export function evaluateBinary(
  layer: Layer<BinaryAttributes>,
  inputs: readonly (Values | undefined)[],
  operation: BinaryOperation,
): Values[] {
  const { a, b, output } = binaryTensors(layer);
  const [left, right] = inputs;
  const factors = operation.factors(a, b, output);
  const { min, max } = activationRange(layer.attributes.activation, output);
  const result = new Int8Array(elementCount(broadcastShape(a.shape, b.shape)));
  forEachPair(a.shape, b.shape, (i, j, k) => {
    const value = operation.apply(
      Number(left?.[i]) - zeroPointOf(a),
      Number(right?.[j]) - zeroPointOf(b),
      factors,
    );
    result[k] = clamp(value + zeroPointOf(output), min, max);
  });
  return [result];
}

/** The kernel's loop nest has three levels; more become one call for each trip of the outer ones. */
const KERNEL_LEVELS = 3;

function nests(
  levels: readonly BroadcastLevel[],
): { a: number; b: number; output: number; inner: BroadcastLevel[] }[] {
  const [outer, ...rest] = levels;
  if (!outer || levels.length <= KERNEL_LEVELS) return [{ a: 0, b: 0, output: 0, inner: [...levels] }];
  const size = rest.reduce((product, level) => product * level.count, 1);
  return Array.from({ length: outer.count }, (_, trip) =>
    nests(rest).map((nest) => ({
      a: nest.a + trip * outer.a,
      b: nest.b + trip * outer.b,
      output: nest.output + trip * size,
      inner: nest.inner,
    })),
  ).flat();
}

const UNIT: BroadcastLevel = { count: 1, a: 0, b: 0 };

/** The kernel variants of a binary operator: a table where it has one free operand, else the loop nest. */
export function binaryVariants(operation: BinaryOperation): KernelVariant<BinaryAttributes>[] {
  const loops: KernelVariant<BinaryAttributes> = {
    name: "binary_s8",
    file: "binary/portable",
    fits: () => true,
    cost: (layer) => elementCount(binaryTensors(layer).output.shape) * 30,
    overlap(layer, index) {
      const { output } = binaryTensors(layer);
      const operand = layer.inputs[index];
      // Element by element, so an operand of the same size may lie at the output's address.
      return operand && elementCount(operand.shape) === elementCount(output.shape) ? 0 : undefined;
    },
    calls(layer) {
      const { a, b, output } = binaryTensors(layer);
      const factors = operation.factors(a, b, output);
      const { min, max } = activationRange(layer.attributes.activation, output);
      return nests(broadcastLevels(a.shape, b.shape)).map((nest): Argument[] => {
        const [outer, middle, inner] = [UNIT, UNIT, ...nest.inner].slice(-KERNEL_LEVELS);
        const level = (
          name: string,
          { count, a: aStride, b: bStride }: BroadcastLevel = UNIT,
        ): Argument[] => [
          { name, literal: count },
          { name: `a_${name}`, literal: aStride },
          { name: `b_${name}`, literal: bStride },
        ];
        return [
          { name: "operation", literal: operation.code },
          { name: "a", input: 0, offset: nest.a, note: shapeText(a) },
          { name: "b", input: 1, offset: nest.b, note: shapeText(b) },
          { name: "output", output: 0, offset: nest.output, note: shapeText(output) },
          ...level("outer", outer),
          ...level("middle", middle),
          ...level("inner", inner),
          { name: "a_zero_point", literal: zeroPointOf(a) },
          { name: "b_zero_point", literal: zeroPointOf(b) },
          { name: "multiplier_a", literal: factors.a.multiplier },
          { name: "shift_a", literal: factors.a.shift },
          { name: "multiplier_b", literal: factors.b.multiplier },
          { name: "shift_b", literal: factors.b.shift },
          { name: "multiplier", literal: factors.output.multiplier },
          { name: "shift", literal: factors.output.shift },
          { name: "zero_point", literal: zeroPointOf(output) },
          { name: "activation_min", literal: min },
          { name: "activation_max", literal: max },
        ];
      });
    },
  };
  const table = tableVariant<BinaryAttributes>(hasConstantScalar, (layer, inputs) =>
    evaluateBinary(layer, inputs, operation),
  );
  return [loops, table];
}

/** How .tflite spells ADD, SUB and MUL, and all that follows from their operation. */
export function arithmetic(code: number, name: string, operation: BinaryOperation) {
  return {
    tflite: [
      {
        code,
        name,
        options: { activation: { id: 0, type: "int8" } },
        read: (operator) => ({ attributes: { activation: activationOf(operator.option("activation")) } }),
      },
    ],
    check: checkBinary,
    traits: binaryTraits,
    evaluate: (layer, inputs) => evaluateBinary(layer, inputs, operation),
    variants: binaryVariants(operation),
    limits: "int8; any broadcast",
  } satisfies Partial<OperatorDescriptor<BinaryAttributes>>;
}
