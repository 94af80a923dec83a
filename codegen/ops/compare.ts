/**
 * LESS, LESS_EQUAL, GREATER, GREATER_EQUAL, EQUAL, NOT_EQUAL: truth values with broadcasting. int8 operands are shifted
 * left by 8 bits and scaled each by its own factor first, so that different ones may become equal; all others are compared
 * as they are stored, as LiteRT does it (TFLite reference: comparisons.h).
 */

import { require } from "../error.ts";
import { fixedFactor, requantize } from "../graph/fixed_point.ts";
import { elementBytes, elementCount, type Tensor, type Values } from "../graph/tensor.ts";
import { defineOperator, type KernelVariant, type Layer, type TfliteSpelling } from "./descriptor.ts";
import { scaleOf, zeroPointOf } from "./families/activation.ts";
import {
  binaryTensors,
  binaryTraits,
  checkBroadcast,
  type ElementFunction,
  hasConstantScalar,
  mapPairs,
} from "./families/binary.ts";
import { binaryCalls, elementOverlap } from "./families/binary_nest.ts";
import { broadcastShape } from "./families/broadcast.ts";
import { floatBits } from "./families/float_bits.ts";
import { ONNX_RELATIONS } from "./families/onnx_conditions.ts";
import { tableVariant } from "./families/unary_table.ts";

type Relation = "less" | "less_equal" | "greater" | "greater_equal" | "equal" | "not_equal";

interface CompareAttributes {
  readonly relation: Relation;
}

type Compare = Layer<CompareAttributes>;

const HOLDS: Readonly<Record<Relation, (x: number | bigint, y: number | bigint) => boolean>> = {
  less: (x, y) => x < y,
  less_equal: (x, y) => x <= y,
  greater: (x, y) => x > y,
  greater_equal: (x, y) => x >= y,
  equal: (x, y) => x === y,
  not_equal: (x, y) => x !== y,
};

/** Numbers in `plain` and `real` of assembly/binary/elements.ts, and whether the operands change places. */
const CODES: Readonly<Record<Relation, { readonly code: number; readonly swapped?: boolean }>> = {
  less: { code: 5 },
  less_equal: { code: 6 },
  greater: { code: 5, swapped: true },
  greater_equal: { code: 6, swapped: true },
  equal: { code: 7 },
  not_equal: { code: 8 },
};

const LEFT_SHIFT = 8;
const TYPES = ["int8", "int16", "int32", "int64", "float32", "bool"];

const isScaled = (layer: Compare) => binaryTensors(layer).a.dtype === "int8";

/** An operand as it is compared. */
function scaled(tensor: Tensor): (value: number) => number {
  const factor = fixedFactor(scaleOf(tensor));
  return (value) => requantize((value - zeroPointOf(tensor)) * 2 ** LEFT_SHIFT, factor);
}

/** Whether scaling changes nothing: both operands have one factor, and different values stay different. */
function comparesAsStored(layer: Compare): boolean {
  const { a, b } = binaryTensors(layer);
  if (!isScaled(layer)) return a.dtype !== "float32";
  const same = scaleOf(a) === scaleOf(b) && zeroPointOf(a) === zeroPointOf(b);
  // Steps of at least 1 before the last rounding.
  return same && scaleOf(a) * 2 ** LEFT_SHIFT >= 1 && fixedFactor(scaleOf(a)).shift <= 0;
}

function elementOf(layer: Compare): ElementFunction {
  const { a, b } = binaryTensors(layer);
  const holds = HOLDS[layer.attributes.relation];
  if (!isScaled(layer)) return (x, y) => Number(holds(x, y));
  const [left, right] = [scaled(a), scaled(b)];
  return (x, y) => Number(holds(left(Number(x)), right(Number(y))));
}

function evaluate(layer: Compare, [left, right]: readonly (Values | undefined)[]): Values[] {
  const { a, b, output } = binaryTensors(layer);
  return [mapPairs(a, b, output.dtype, left, right, elementOf(layer))];
}

const operation = (layer: Compare) => ({ name: "operation", literal: CODES[layer.attributes.relation].code });
const order = (layer: Compare) =>
  CODES[layer.attributes.relation].swapped ? ([1, 0] as const) : ([0, 1] as const);
/** The operands in the kernels' order. */
function operandsOf(layer: Compare): readonly [Tensor, Tensor] {
  const { a, b } = binaryTensors(layer);
  return CODES[layer.attributes.relation].swapped ? [b, a] : [a, b];
}

const bytes = (layer: Compare) => ({
  name: "bytes",
  literal: elementBytes(binaryTensors(layer).a.dtype),
});
const costOf = (cycles: number) => (layer: Compare) =>
  elementCount(binaryTensors(layer).output.shape) * cycles;

const asStored: KernelVariant<CompareAttributes> = {
  name: "binary_plain",
  file: "binary/plain",
  fits: (layer) => comparesAsStored(layer) && elementBytes(binaryTensors(layer).a.dtype) <= 4,
  cost: costOf(5),
  overlap: elementOverlap,
  calls: (layer) =>
    binaryCalls(
      layer,
      [operation(layer), bytes(layer), { name: "output_bytes", literal: 1 }],
      [],
      order(layer),
    ),
};

const afterScaling: KernelVariant<CompareAttributes> = {
  name: "compare_s8",
  file: "binary/portable",
  fits: isScaled,
  cost: costOf(20),
  overlap: elementOverlap,
  calls(layer) {
    const [a, b] = operandsOf(layer);
    const [factorA, factorB] = [fixedFactor(scaleOf(a)), fixedFactor(scaleOf(b))];
    const tail = [
      { name: "a_zero_point", literal: zeroPointOf(a) },
      { name: "b_zero_point", literal: zeroPointOf(b) },
      { name: "multiplier_a", literal: factorA.multiplier },
      { name: "shift_a", literal: factorA.shift },
      { name: "multiplier_b", literal: factorB.multiplier },
      { name: "shift_b", literal: factorB.shift },
    ];
    return binaryCalls(layer, [operation(layer)], tail, order(layer));
  },
};

const onFloats: KernelVariant<CompareAttributes> = {
  name: "binary_f32",
  file: "binary/plain",
  fits: (layer) => binaryTensors(layer).a.dtype === "float32",
  cost: costOf(5),
  overlap: elementOverlap,
  calls: (layer) =>
    binaryCalls(
      layer,
      [operation(layer), { name: "output_bytes", literal: 1 }],
      [
        { name: "low", literal: floatBits(-Infinity) },
        { name: "high", literal: floatBits(Infinity) },
      ],
      order(layer),
    ),
};

const spelling = (code: number, relation: Relation): TfliteSpelling<CompareAttributes> => ({
  code,
  name: relation.toUpperCase(),
  read: () => ({ attributes: { relation } }),
});

export const compare = defineOperator<CompareAttributes>({
  kind: "compare",
  tflite: [
    spelling(58, "less"),
    spelling(61, "greater"),
    spelling(62, "greater_equal"),
    spelling(63, "less_equal"),
    spelling(71, "equal"),
    spelling(72, "not_equal"),
  ],
  onnx: ONNX_RELATIONS,
  check(layer) {
    const { a, b, output } = binaryTensors(layer);
    require(TYPES.includes(a.dtype) && a.dtype === b.dtype && output.dtype === "bool", () =>
      `expects two tensors of one type of ${TYPES.join(", ")} and a bool output, found ${a.dtype}, ${b.dtype} and ${output.dtype}. Re-export the model.`);
    require(a.dtype !== "bool" || CODES[layer.attributes.relation].code >= CODES.equal.code, () =>
      `expects numbers to put in order, found bool. Re-export the model.`);
    if (isScaled(layer)) for (const tensor of [a, b]) scaleOf(tensor);
    checkBroadcast([a, b], output);
  },
  shapes: ({ inputs }) => [broadcastShape(...inputs.map((tensor) => tensor?.shape ?? []))],
  traits: binaryTraits,
  evaluate,
  variants: [
    asStored,
    afterScaling,
    onFloats,
    tableVariant((layer) => binaryTensors(layer).a.dtype === "int8" && hasConstantScalar(layer), evaluate),
  ],
  limits: "int8, int16, int32, float32, bool; int64 of constants; any broadcast",
});
