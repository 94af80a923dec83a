/** ROUND: the nearest whole number, halves to even ones, float32 (TFLite reference: round.h). */

import { defineOperator } from "./descriptor.ts";
import { simpleFloatForm } from "./families/float_unary.ts";
import { plainSpelling, unary } from "./families/unary.ts";

/** By the distance from the whole number below; so −0.3 becomes 0, and only −0 becomes −0. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  const distance = x - below;
  return distance < 0.5 || (distance === 0.5 && below % 2 === 0) || !Number.isFinite(x) ? below : below + 1;
}

export const round = defineOperator({
  kind: "round",
  tflite: plainSpelling(116, "ROUND"),
  ...unary(simpleFloatForm("round", () => roundToEven)),
});
