/**
 * Requantization by float32, proven to give the integers' results: an accumulator a becomes
 * round((a + shift) · scale ± offset) − base with one rounding to nearest each, which takes a third of the instructions of
 * the 64-bit products. Both are monotonic in a, so they agree on all accumulators if they do at the at most 255 places where
 * the result steps up, and that is what decides here. The double rounding of TFLite moves these places by up to one
 * accumulator, away from zero, which is what `offset` makes up for.
 */

import type { FixedFactor } from "../../graph/fixed_point.ts";

/** Adding 1.5 · 2^23 to a float below 2^22 rounds it to an integer, which is then in the low bits of the sum. */
const ROUNDER = 1.5 * 2 ** 23;
/** Half of what could be rounded: room for the offset. */
const LARGEST_RESULT = 2 ** 21;
/** Shifts of the accumulator that are tried on each side of the one that centres the results. */
const SHIFTS = 3000;
/** Scales that are tried on each side of the closest one, in units in the last place. */
const SCALES = 6;

/** A channel whose accumulators are requantized. */
export interface Channel {
  readonly factor: FixedFactor;
  /** The integers' result for an accumulator, before the zero point. */
  readonly exact: (accumulator: number) => number;
  /** No accumulator lies farther from 0. */
  readonly bound: number;
}

/** The results that matter: what the activation and the type let through, before the zero point. */
export interface ResultRange {
  readonly min: number;
  readonly max: number;
}

/** One channel's constants: (a + shift) · scale ± offset. */
export interface FloatFactor {
  readonly shift: number;
  readonly scale: number;
  readonly offset: number;
}

export interface FloatRequantization {
  /** Whether offsets take the sign of the product; they are added as they are otherwise. */
  readonly signed: boolean;
  /** What is left to add to every result. */
  readonly base: number;
  readonly factors: readonly FloatFactor[];
}

/** A place where the result steps up: the first accumulator that gives `result` or more. */
interface Step {
  readonly first: number;
  readonly result: number;
}

/**
 * float32 constants that give all channels their exact results, within `range`; undefined where none were found. Results in
 * `range` come without the base; others may differ, beyond the same end of the range.
 */
export function floatRequantization(
  channels: readonly Channel[],
  range: ResultRange,
): FloatRequantization | undefined {
  // Of results that are not negative, all steps lie on one side of zero, where offsets have one sign.
  const signed = range.min < 0;
  const base = signed ? 0 : Math.round((range.min + range.max) / 2);
  const factors: FloatFactor[] = [];
  for (const channel of channels) {
    const factor = floatFactor(channel, range, { signed, base });
    if (!factor) return undefined;
    factors.push(factor);
  }
  return { signed, base, factors };
}

type Form = Pick<FloatRequantization, "signed" | "base">;

function floatFactor(channel: Channel, range: ResultRange, form: Form): FloatFactor | undefined {
  const { multiplier, shift: exponent } = channel.factor;
  const real = multiplier * 2 ** (exponent - 31);
  if (real === 0) return { shift: 0, scale: 0, offset: -form.base };
  const steps = stepsOf(channel, range, real);
  const centre = -Math.round(form.base / real);
  for (let index = 0; index < (form.signed ? 1 : 2 * SHIFTS + 1); index++) {
    const shift = centre + alternating(index);
    const bound = channel.bound + Math.abs(shift);
    if (bound >= 2 ** 31 || bound * real >= LARGEST_RESULT) continue;
    for (let at = 0; at < (form.signed ? 2 * SCALES + 1 : 3); at++) {
      const scale = neighbour(real, alternating(at));
      const offset = offsetFor(steps, { shift, scale }, channel.bound, form);
      if (offset !== undefined) return { shift, scale, offset };
    }
  }
  return undefined;
}

/** 0, 1, −1, 2, −2, … */
const alternating = (index: number): number => (index % 2 === 1 ? (index + 1) / 2 : -index / 2);

/** The float32 that lies `places` units in the last place from the closest one to `value`. */
function neighbour(value: number, places: number): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  return new Float32Array(Int32Array.of((bits[0] ?? 0) + places).buffer)[0] ?? 0;
}

function stepsOf({ exact, bound }: Channel, { min, max }: ResultRange, real: number): Step[] {
  const steps: Step[] = [];
  for (let result = min + 1; result <= max; result++) {
    let first = Math.max(-bound, Math.min(bound, Math.round((result - 0.5) / real)));
    while (first > -bound && exact(first - 1) >= result) first--;
    while (first <= bound && exact(first) < result) first++;
    if (first <= bound) steps.push({ first, result });
  }
  return steps;
}

/** What requantize_lanes (assembly/fixed_point_simd128.ts) computes of an accumulator, step by step. */
export function requantizeByFloat(
  accumulator: number,
  { shift, scale, offset }: FloatFactor,
  signed: boolean,
): number {
  const scaled = Math.fround(Math.fround(accumulator + shift) * scale);
  const moved = Math.fround(scaled + (signed && scaled < 0 ? -offset : offset));
  return Math.fround(moved + ROUNDER) - ROUNDER;
}

/** An offset with which every step is where it is to be. */
function offsetFor(
  steps: readonly Step[],
  { shift, scale }: Pick<FloatFactor, "shift" | "scale">,
  bound: number,
  { signed, base }: Form,
): number | undefined {
  let low = -Infinity;
  let high = Infinity;
  const product = (accumulator: number) => Math.fround(Math.fround(accumulator + shift) * scale);
  for (const { first, result } of steps) {
    // With the offset, `at` has to reach this, and `before` must not.
    const step = result - base - 0.5;
    const at = product(first);
    const before = product(first - 1);
    if (signed && at < 0) high = Math.min(high, at - step);
    else low = Math.max(low, step - at);
    if (first > -bound && signed && before < 0) low = Math.max(low, before - step);
    else if (first > -bound) high = Math.min(high, step - before);
    if (low > high) return undefined;
  }
  const offset = Math.fround(Number.isFinite(low + high) ? (low + high) / 2 : 0);
  const rounded = (accumulator: number) => requantizeByFloat(accumulator, { shift, scale, offset }, signed);
  const holds = steps.every(
    ({ first, result }) =>
      rounded(first) >= result - base && (first === -bound || rounded(first - 1) < result - base),
  );
  return holds ? offset : undefined;
}
