/**
 * What the kernels for interpreters share: three sums in the lanes of an i64 (assembly/lanes.ts), the proof that none
 * overflows its 21 bits, and the scaling of sums in one multiplication, addition and shift.
 */

import type { FixedFactor } from "../../graph/fixed_point.ts";
import type { Argument, PackedConstant } from "../descriptor.ts";
import { activationRange, zeroPointOf } from "./activation.ts";
import type { ConvolutionProblem } from "./convolution_problem.ts";

/** A lane starts at half of its range. */
export const LANE_START = 2 ** 20;
/** What is added to lanes is at most this. */
const ABOVE = LANE_START - 1;

type Scaled = Pick<
  ConvolutionProblem,
  "bias" | "factors" | "activation" | "output" | "rounding" | "filters" | "weights"
>;

/** Whether products of `weights` from `start` to `end` and any int8 stay within a lane that starts at half of its range. */
export function fitsLane(weights: Int8Array, start: number, end: number): boolean {
  let positive = 0;
  let negative = 0;
  for (let k = start; k < end; k++) {
    const weight = weights[k] ?? 0;
    if (weight > 0) positive += weight;
    else negative -= weight;
  }
  return 127 * positive + 128 * negative <= ABOVE && 128 * positive + 127 * negative <= LANE_START;
}

/** The right shift of filters whose multiplier is not 0; a factor of 0 takes any. */
function exponentsOf({ factors }: Scaled): number[] {
  return factors.flatMap(({ multiplier, shift }) => (multiplier === 0 ? [] : [-shift]));
}

/** The shift of all filters, in bits: that of the one that shifts most. */
function commonExponent(scaled: Scaled): number {
  return exponentsOf(scaled).reduce((most, exponent) => Math.max(most, exponent), 1);
}

/** No output is below the zero point: the rounding of negative sums does not show. */
function isOneSided({ activation, output }: Scaled): boolean {
  return activationRange(activation, output).min >= zeroPointOf(output);
}

/**
 * Whether 64 bits hold every step of `store_lane` for sums that start at `start` beyond their bias, and 32 bits the sums: the
 * scaled sum, its rounding, and 255 of the result's steps.
 */
export function fitsScaling(scaled: Scaled, start: number): boolean {
  const common = commonExponent(scaled);
  const depth = scaled.weights.length / scaled.filters;
  const once = scaled.rounding === "once";
  if (31 + common > 54 || (!once && exponentsOf(scaled).some((exponent) => exponent < 1))) return false;
  return scaled.factors.every(({ multiplier, shift }, filter) => {
    const bias = scaled.bias[filter] ?? 0;
    let bound = Math.abs(bias);
    for (let k = filter * depth; k < (filter + 1) * depth; k++) {
      bound += 128 * Math.abs(scaled.weights[k] ?? 0);
    }
    const lift = liftOf({ multiplier, shift }, common);
    const largest = (bound * multiplier + 2 ** 31) * 2 ** lift + 2 ** (31 + common) * 257;
    return bound + start < 2 ** 31 && lift < 32 && largest < 2 ** 62;
  });
}

/** Lifts that two bits of a multiplier can hold. */
const LIFTS = 4;

function liftOf({ multiplier, shift }: FixedFactor, common: number): number {
  return multiplier === 0 ? 0 : common + shift;
}

/** Whether bits 30 and 31 of the multipliers hold the lifts: a multiplier of Q31 has the lower one set, unless it is 0. */
function liftsInBits(scaled: Scaled): boolean {
  const common = commonExponent(scaled);
  return scaled.factors.every((factor) => factor.multiplier >= 2 ** 30 && liftOf(factor, common) < LIFTS);
}

/**
 * int32 bias[filters] less `start`, what a filter's sums start with; then, unless all filters share one multiplier and
 * shift, uint32 multiplier[filters], and the lifts in two bits of these or uint8 lift[filters].
 */
export function packLaneScaling(scaled: Scaled, start: number): PackedConstant {
  const { filters, factors, bias } = scaled;
  const common = commonExponent(scaled);
  const shared = sharedMultiplier(scaled) !== 0;
  const inBits = liftsInBits(scaled);
  const bytes = new Uint8Array(filters * (shared ? 4 : inBits ? 8 : 9));
  const view = new DataView(bytes.buffer);
  factors.forEach((factor, filter) => {
    view.setInt32(filter * 4, (bias[filter] ?? 0) - start, true);
    if (shared) return;
    const lift = liftOf(factor, common);
    const { multiplier } = factor;
    view.setUint32((filters + filter) * 4, inBits ? multiplier + (lift - 1) * 2 ** 30 : multiplier, true);
    if (!inBits) bytes[filters * 8 + filter] = lift;
  });
  return { bytes, align: 4, role: "weights" };
}

/** The multiplier of all filters, where they share it and their shift; 0 otherwise. */
function sharedMultiplier({ factors }: Scaled): number {
  const [first] = factors;
  const same = factors.every(
    ({ multiplier, shift }) => multiplier === first?.multiplier && shift === first.shift,
  );
  return same && first ? first.multiplier : 0;
}

/** The arguments that say how sums become int8, for kernels that end in `store_lane`. */
export function laneScalingArguments(scaled: Scaled): Argument[] {
  const { min, max } = activationRange(scaled.activation, scaled.output);
  return [
    { name: "channel_parameters", constant: "channel_parameters" },
    { name: "multiplier", literal: sharedMultiplier(scaled) },
    { name: "lift_bytes", literal: Number(!liftsInBits(scaled)) },
    { name: "shift", literal: 31 + commonExponent(scaled) },
    { name: "once", literal: Number(scaled.rounding === "once") },
    { name: "two_sided", literal: Number(!isOneSided(scaled) && scaled.rounding !== "once") },
    { name: "output_zero_point", literal: zeroPointOf(scaled.output) },
    { name: "activation_min", literal: min },
    { name: "activation_max", literal: max },
  ];
}
