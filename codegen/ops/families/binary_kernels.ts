/** Kernel variants of binary operators, and the whole of a descriptor that follows from an operation. */

import type { Layer } from "../../graph/graph.ts";
import { elementBytes, elementCount } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, OperatorDescriptor } from "../descriptor.ts";
import { activationOf, activationRange, zeroPointOf } from "./activation.ts";
import {
  type BinaryAttributes,
  type BinaryOperation,
  binaryTensors,
  binaryTraits,
  checkBinary,
  evaluateBinary,
  hasConstantScalar,
  type PlainOperation,
  type QuantizedOperation,
  quantizedOf,
  realLimits,
  typesOf,
} from "./binary.ts";
import { binaryCalls, elementOverlap } from "./binary_nest.ts";
import { simd128Quantized } from "./binary_simd128.ts";
import { wideQuantized } from "./binary_wide.ts";
import { broadcastShape } from "./broadcast.ts";
import { floatBits } from "./float_bits.ts";
import { tableVariant } from "./unary_table.ts";

type Binary = Layer<BinaryAttributes>;

const costOf = (cycles: number) => (layer: Binary) =>
  elementCount(binaryTensors(layer).output.shape) * cycles;

function quantizedArguments(layer: Binary, quantized: QuantizedOperation): readonly [Argument[], Argument[]] {
  const { a, b, output } = binaryTensors(layer);
  const factors = quantized.factors(a, b, output, layer.attributes.rounding);
  const { min, max } = activationRange(layer.attributes.activation, output);
  const zeroPoints = [
    { name: "a_zero_point", literal: zeroPointOf(a) },
    { name: "b_zero_point", literal: zeroPointOf(b) },
  ];
  const result = [
    { name: "multiplier", literal: factors.output.multiplier },
    { name: "shift", literal: factors.output.shift },
    { name: "zero_point", literal: zeroPointOf(output) },
    { name: "low", literal: min },
    { name: "high", literal: max },
  ];
  if (quantized.kernel === "divide_s8") return [[], [...zeroPoints, ...result]];
  return [
    [
      { name: "operation", literal: quantized.code },
      { name: "bytes", literal: elementBytes(a.dtype) },
    ],
    [
      ...zeroPoints,
      { name: "left_shift", literal: quantized.leftShift(a.dtype) },
      { name: "multiplier_a", literal: factors.a.multiplier },
      { name: "shift_a", literal: factors.a.shift },
      { name: "multiplier_b", literal: factors.b.multiplier },
      { name: "shift_b", literal: factors.b.shift },
      ...result,
    ],
  ];
}

/** The loops on quantized values. */
function quantizedVariant(quantized: QuantizedOperation): KernelVariant<BinaryAttributes> {
  return {
    name: quantized.kernel,
    file: "binary/portable",
    fits: (layer) => quantizedOf(layer, { quantized }) !== undefined,
    cost: costOf(30),
    overlap: elementOverlap,
    calls: (layer) => binaryCalls(layer, ...quantizedArguments(layer, quantized)),
  };
}

/** The loops on integers as they are. */
function plainVariant(code: number, { types }: PlainOperation): KernelVariant<BinaryAttributes> {
  return {
    name: "binary_plain",
    file: "binary/plain",
    fits: (layer) => {
      const { dtype } = binaryTensors(layer).a;
      return types.includes(dtype) && elementBytes(dtype) <= 4;
    },
    cost: costOf(5),
    overlap: elementOverlap,
    calls(layer) {
      const { a, output } = binaryTensors(layer);
      const head = [
        { name: "operation", literal: code },
        { name: "bytes", literal: elementBytes(a.dtype) },
        { name: "output_bytes", literal: elementBytes(output.dtype) },
      ];
      return binaryCalls(layer, head, []);
    },
  };
}

/** The loops on float32. */
function realVariant(code: number, plain: PlainOperation): KernelVariant<BinaryAttributes> {
  return {
    name: "binary_f32",
    file: "binary/plain",
    fits: (layer) => binaryTensors(layer).a.dtype === "float32",
    cost: costOf(5),
    overlap: elementOverlap,
    calls(layer) {
      const [low, high] = realLimits(layer, plain);
      const head = [
        { name: "operation", literal: code },
        { name: "output_bytes", literal: elementBytes(binaryTensors(layer).output.dtype) },
      ];
      return binaryCalls(layer, head, [
        { name: "low", literal: floatBits(low), note: `of ${low}` },
        { name: "high", literal: floatBits(high), note: `of ${high}` },
      ]);
    },
  };
}

/** All but the files' spelling: rules, reference and kernels; a table where an int8 layer has one free operand. */
export function binaryOperator(operation: BinaryOperation) {
  const { quantized, plain } = operation;
  const isTable = (layer: Binary) => binaryTensors(layer).a.dtype === "int8" && hasConstantScalar(layer);
  return {
    check: (layer) => checkBinary(layer, operation),
    shapes: ({ inputs }) => [broadcastShape(...inputs.map((tensor) => tensor?.shape ?? []))],
    traits: binaryTraits,
    evaluate: (layer, inputs) => evaluateBinary(layer, inputs, operation),
    variants: [
      ...(quantized
        ? [
            quantizedVariant(quantized),
            simd128Quantized(quantized, quantizedArguments),
            wideQuantized(quantized),
          ]
        : []),
      ...(plain?.code === undefined ? [] : [plainVariant(plain.code, plain)]),
      ...(plain?.realCode === undefined ? [] : [realVariant(plain.realCode, plain)]),
      ...(typesOf(operation).includes("int8")
        ? [
            tableVariant<BinaryAttributes>(isTable, (layer, inputs) =>
              evaluateBinary(layer, inputs, operation),
            ),
          ]
        : []),
    ],
  } satisfies Partial<OperatorDescriptor<BinaryAttributes>>;
}

/** How .tflite spells an operator with a fused activation, and all that follows from its operation. */
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
    ...binaryOperator(operation),
    limits: limitsOf(operation),
  } satisfies Partial<OperatorDescriptor<BinaryAttributes>>;
}

/** How .tflite spells an operator without options, and all that follows from its operation. */
export function withoutOptions(code: number, name: string, operation: BinaryOperation) {
  return {
    tflite: [{ code, name, read: () => ({ attributes: { activation: "none" } }) }],
    ...binaryOperator(operation),
    limits: limitsOf(operation),
  } satisfies Partial<OperatorDescriptor<BinaryAttributes>>;
}

/** The types, those that are only folded last. */
function limitsOf(operation: BinaryOperation): string {
  const { quantized, plain } = operation;
  const runs = (type: string) =>
    quantized?.types.some((other) => other === type) ||
    (type === "float32" ? plain?.realCode !== undefined : plain?.code !== undefined && type !== "int64");
  const types = typesOf(operation);
  const folded = types.filter((type) => !runs(type));
  const constants = folded.length > 0 ? `; ${folded.join(", ")} of constants` : "";
  return `${types.filter(runs).join(", ")}${constants}; any broadcast`;
}
