/** The int16 forms of LOGISTIC and TANH (TFLite Micro: logistic_common.cc, tanh.cc). */

import { require } from "../../error.ts";
import { log } from "../../graph/elementary.ts";
import type { Layer } from "../../graph/graph.ts";
import { SIGMOID_TABLE, type SigmoidScale, sigmoid16 } from "../../graph/sigmoid_table.ts";
import { elementCount } from "../../graph/tensor.ts";
import { scaleOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";
import { checkSymmetric } from "./slopes.ts";
import { elementwiseCall, type UnaryForm } from "./unary.ts";

const { fround } = Math;

/** The exponent of a scale that is within a thousandth of a power of two; `undefined` for others. */
function powerOf(scale: number): number | undefined {
  const exponent = fround(fround(log(scale)) * fround(1 / fround(Math.LN2)));
  const nearest = Math.round(exponent);
  return Math.abs(fround(exponent - nearest)) < fround(1e-3) ? nearest : undefined;
}

/** How a layer's inputs become multiples of 1 / 12288; `powers` are the exponents above 2^-12 that are exact. */
function scaleFor(layer: Layer, powers: readonly number[]): SigmoidScale {
  const scale = scaleOf(oneToOne(layer).input);
  const power = (powerOf(scale) ?? Number.NaN) + 12;
  if (powers.includes(power)) return { multiplier: 3 * 2 ** power, shift: 0 };
  let multiplier = scale * 3 * 2 ** 12;
  let shift = 0;
  while (multiplier <= 32767 / 2 && shift <= 30) {
    multiplier *= 2;
    shift += 1;
  }
  return { multiplier: Math.trunc(multiplier), shift };
}

/** σ(x), or tanh x where `doubled`. */
export function sigmoidForm(doubled: boolean): UnaryForm<unknown> {
  const scaleOfLayer = (layer: Layer) => scaleFor(layer, doubled ? [0, 1] : [0]);
  return {
    dtype: "int16",
    check(layer) {
      checkSymmetric(layer);
      const { input, output } = oneToOne(layer);
      require(powerOf(scaleOf(output)) === -15, () =>
        `expects an output of scale 2^-15, found ${scaleOf(output)}. Re-export the model with TensorFlow Lite's own converter.`);
      require(scaleOfLayer(layer).multiplier <= 32767, () =>
        `expects an input scale of at most 2.66, found ${scaleOf(input)}. Re-export the model.`);
    },
    map(layer) {
      const scale = scaleOfLayer(layer);
      return (value) => sigmoid16(value, scale, doubled);
    },
    variants: [
      {
        name: "logistic_s16",
        file: "logistic/portable",
        fits: () => true,
        cost: (layer) => elementCount(oneToOne(layer).output.shape) * 12,
        pack: () => ({ table: { bytes: new Uint8Array(SIGMOID_TABLE.buffer), align: 2, role: "tables" } }),
        overlap: () => 0,
        calls(layer) {
          const { multiplier, shift } = scaleOfLayer(layer);
          return [
            elementwiseCall(layer, [
              { name: "table", constant: "table" },
              { name: "multiplier", literal: multiplier },
              { name: "shift", literal: shift },
              { name: "doubled", literal: Number(doubled) },
            ]),
          ];
        },
      },
    ],
  };
}
