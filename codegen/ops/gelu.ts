/**
 * GELU: x · Φ(x) for the normal distribution Φ, exact or by tanh, by a table (LiteRT: reference/gelu.h, activations.cc).
 */

import { erfc, tanh } from "../graph/elementary.ts";
import { defineOperator } from "./descriptor.ts";
import { ONNX_GELUS } from "./families/onnx_functions.ts";
import { interpolatedForm, type RealFunction, sampledForm } from "./families/sampled.ts";
import { unary } from "./families/unary.ts";

export interface GeluAttributes {
  /** Whether it is the form by tanh. */
  readonly approximate: boolean;
}

const { fround } = Math;
const ROOT_HALF = fround(Math.SQRT1_2);
/** √(2/π). */
const ROOT_2_BY_PI = fround(Math.sqrt(2 / Math.PI));
const CUBIC = fround(0.044715);

/** x · erfc(−x / √2) / 2, in float32. */
function exact(x: number): number {
  return fround(0.5 * x) * fround(erfc(fround(x * -ROOT_HALF)));
}

/** x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2, in float32. */
function byTanh(x: number): number {
  const cube = fround(fround(fround(CUBIC * x) * x) * x);
  const argument = fround(ROOT_2_BY_PI * fround(x + cube));
  return fround(0.5 * x) * fround(1 + fround(tanh(argument)));
}

const real: RealFunction<GeluAttributes> = ({ attributes }) => (attributes.approximate ? byTanh : exact);

export const gelu = defineOperator<GeluAttributes>({
  kind: "gelu",
  tflite: [
    {
      code: 150,
      name: "GELU",
      micro: false,
      options: { approximate: { id: 0, type: "bool" } },
      read: (operator) => ({ attributes: { approximate: operator.option("approximate") !== 0 } }),
    },
  ],
  onnx: ONNX_GELUS,
  ...unary(sampledForm(real), interpolatedForm(real)),
});
