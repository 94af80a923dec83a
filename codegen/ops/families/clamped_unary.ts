/** RELU_N1_TO_1 and RELU_0_TO_1: x kept within two reals, with a change of scale (LiteRT: activations.cc). */

import { clamp, fixedFactor, requantize, roundAway } from "../../graph/fixed_point.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";
import type { UnaryForm } from "./unary.ts";
import { int8Form } from "./unary_table.ts";

/** The int8 form of an operator that keeps its argument within [low, high]. */
export function clampedForm(low: number, high: number): UnaryForm<unknown> {
  return int8Form((layer) => {
    const { input, output } = oneToOne(layer);
    // LiteRT divides scales as floats here, unlike TFLite Micro in RELU.
    const factor = fixedFactor(Math.fround(scaleOf(input) / scaleOf(output)));
    const bound = (real: number) => zeroPointOf(output) + roundAway(Math.fround(real / scaleOf(output)));
    const [min, max] = [clamp(bound(low), -128, 127), clamp(bound(high), -128, 127)];
    return (value) => clamp(requantize(value - zeroPointOf(input), factor) + zeroPointOf(output), min, max);
  });
}
