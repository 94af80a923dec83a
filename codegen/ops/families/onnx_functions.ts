/** Elementwise functions of ONNX that have no operator of their own in Mote: tables of the real function. */

import { arcTangent, cos, erfc, exp, expMinusOne, log, power, sin, tanh } from "../../graph/elementary.ts";
import { roundEven } from "../../graph/fixed_point.ts";
import type { OnnxNode, OnnxSpelling } from "../onnx_spelling.ts";
import { onnxClamp, onnxUnary, qlinearUnary, readUnary } from "./onnx_elementwise.ts";
import { broadcastShapes, constantInput, sameShape } from "./onnx_shapes.ts";

const sigmoid = (x: number) => 1 / (1 + exp(-x));
const erf = (x: number) => 1 - erfc(x);

/** log(1 + e^x), without overflow. */
function softplus(x: number): number {
  return Math.max(x, 0) + log(1 + exp(-Math.abs(x)));
}

/** Dropout at inference, and what else leaves numbers as they are. */
const kept = (value: number) => value;

/** x · σ(alpha · x). */
function swish(standard: number) {
  return (node: OnnxNode) => {
    const alpha = node.float("alpha", standard);
    return (x: number) => x * sigmoid(alpha * x);
  };
}

const none = () => ({});

/** A function without options. */
const plain = (name: string, real: (x: number) => number, more: Partial<OnnxSpelling<unknown>> = {}) =>
  onnxUnary<unknown>(name, () => real, none, more);

export const ONNX_ABS = plain("Abs", Math.abs);
export const ONNX_EXP = plain("Exp", exp);
export const ONNX_LOG = plain("Log", log);
export const ONNX_NEG = plain("Neg", (x) => -x);
export const ONNX_SQRT = plain("Sqrt", Math.sqrt);
export const ONNX_TANH = plain("Tanh", tanh);
export const ONNX_SIGMOID = plain("Sigmoid", sigmoid, { quantized: [qlinearUnary("QLinearSigmoid")] });
export const ONNX_RELU = onnxClamp("Relu", () => [0, Number.POSITIVE_INFINITY], { read: readUnary(none) });

/** The bounds are constant inputs, each of which may be left out. */
export const ONNX_CLIP = onnxClamp("Clip", (node) => {
  const bound = (position: number, fallback: number) =>
    node.inputs[position] ? (constantInput(node, position, "bounds").values[0] ?? fallback) : fallback;
  return [bound(1, Number.NEGATIVE_INFINITY), bound(2, Number.POSITIVE_INFINITY)];
});

export const ONNX_LEAKY_RELU = onnxUnary(
  "LeakyRelu",
  (node) => {
    const alpha = node.float("alpha", 0.01);
    return (x) => (x >= 0 ? x : alpha * x);
  },
  (node) => ({ alpha: node.float("alpha", 0.01) }),
  { quantized: [qlinearUnary("QLinearLeakyRelu")] },
);

export const ONNX_ELU = onnxUnary<unknown>(
  "Elu",
  (node) => {
    const alpha = node.float("alpha", 1);
    return (x) => (x >= 0 ? x : alpha * expMinusOne(x));
  },
  none,
);

export const ONNX_HARD_SWISH = plain("HardSwish", (x) => x * Math.max(0, Math.min(1, x / 6 + 0.5)));

/** x · Φ(x), or the form by tanh. */
function gelu(approximate: boolean): (x: number) => number {
  if (!approximate) return (x) => 0.5 * x * erfc(-x * Math.SQRT1_2);
  return (x) => 0.5 * x * (1 + tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
}

const geluOf = (name: string, isApproximate: (node: OnnxNode) => boolean, domain?: string) =>
  onnxUnary(
    name,
    (node) => gelu(isApproximate(node)),
    (node) => ({ approximate: isApproximate(node) }),
    domain ? { domain } : {},
  );

export const ONNX_GELUS = [
  geluOf("Gelu", (node) => node.text("approximate", "none") === "tanh"),
  geluOf("Gelu", () => false, "com.microsoft"),
];

/** Functions that Mote has no operator for: int8 only. */
const tabled = (
  name: string,
  real: (node: OnnxNode) => (...operands: number[]) => number,
  more: Partial<OnnxSpelling<never>> = {},
): OnnxSpelling<never> => ({ name, shapes: sameShape, real, ...more });

export const ONNX_TABLES: readonly OnnxSpelling<never>[] = [
  tabled("Identity", () => kept, { same: () => true }),
  tabled("Dropout", () => kept, {
    same: () => true,
    shapes: (node) => [...sameShape(node), ...sameShape(node)],
  }),
  tabled("Erf", () => erf),
  tabled("HardSigmoid", (node) => {
    const [alpha, beta] = [node.float("alpha", 0.2), node.float("beta", 0.5)];
    return (x) => Math.max(0, Math.min(1, alpha * x + beta));
  }),
  tabled("Softplus", () => softplus),
  tabled("Softsign", () => (x) => x / (1 + Math.abs(x))),
  tabled("Selu", (node) => {
    const [alpha, gamma] = [node.float("alpha", 1.6732632), node.float("gamma", 1.050701)];
    return (x) => gamma * (x > 0 ? x : alpha * expMinusOne(x));
  }),
  tabled("Celu", (node) => {
    const alpha = node.float("alpha", 1);
    return (x) => Math.max(0, x) + Math.min(0, alpha * expMinusOne(x / alpha));
  }),
  tabled("ThresholdedRelu", (node) => {
    const alpha = node.float("alpha", 1);
    return (x) => (x > alpha ? x : 0);
  }),
  tabled("Mish", () => (x) => x * tanh(softplus(x))),
  tabled("Swish", swish(1)),
  tabled("QuickGelu", swish(1.702), { domain: "com.microsoft" }),
  tabled("Reciprocal", () => (x) => 1 / x),
  tabled("Sign", () => Math.sign),
  tabled("Sin", () => sin),
  tabled("Cos", () => cos),
  tabled("Tan", () => (x) => sin(x) / cos(x)),
  tabled("Asin", () => (x) => arcTangent(x / Math.sqrt(1 - x * x))),
  tabled("Acos", () => (x) => Math.PI / 2 - arcTangent(x / Math.sqrt(1 - x * x))),
  tabled("Atan", () => arcTangent),
  tabled("Sinh", () => (x) => (expMinusOne(x) - expMinusOne(-x)) / 2),
  tabled("Cosh", () => (x) => (exp(x) + exp(-x)) / 2),
  tabled("Asinh", () => (x) => Math.sign(x) * log(Math.abs(x) + Math.sqrt(x * x + 1))),
  tabled("Acosh", () => (x) => log(x + Math.sqrt(x * x - 1))),
  tabled("Atanh", () => (x) => log((1 + x) / (1 - x)) / 2),
  tabled("Shrink", (node) => {
    const [bias, threshold] = [node.float("bias", 0), node.float("lambd", 0.5)];
    return (x) => (x < -threshold ? x + bias : x > threshold ? x - bias : 0);
  }),
  tabled("Floor", () => Math.floor),
  tabled("Ceil", () => Math.ceil),
  tabled("Round", () => roundEven),
  tabled("Pow", () => power, { shapes: broadcastShapes }),
];
