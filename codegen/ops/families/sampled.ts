/**
 * Tables of real functions as TFLite samples them, every step in float32 (TFLite: internal/common.h, LUTPopulate and
 * LUTLookup): 256 values for int8, and for int16 513 values between which it interpolates.
 */

import { clamp, roundAway } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { bytesOf, elementCount } from "../../graph/tensor.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";
import { checkSymmetric } from "./slopes.ts";
import { type ElementFunction, elementwiseCall, type UnaryForm } from "./unary.ts";
import { int8Form } from "./unary_table.ts";

const { fround } = Math;

/** A function from float32 to a number that is then rounded to float32, made once for a layer. */
export type RealFunction<A> = (layer: Layer<A>) => (x: number) => number;

/** The int8 form of `real`. */
export function sampledForm<A = unknown>(real: RealFunction<A>): UnaryForm<A> {
  return int8Form((layer) => {
    const { input, output } = oneToOne(layer);
    const inverse = fround(1 / scaleOf(output));
    const apply = real(layer);
    return (value) => {
      const result = fround(apply(fround(scaleOf(input) * (value - zeroPointOf(input)))));
      const quantized = fround(roundAway(fround(result * inverse)) + zeroPointOf(output));
      return Number.isNaN(quantized) ? zeroPointOf(output) : clamp(Math.trunc(quantized), -128, 127);
    };
  });
}

/** Stretches of an interpolated table. */
const STEPS = 512;

/**
 * 513 values of `apply` over [low, high], times `scale`, as int16. Each but the last is moved by half of what a straight
 * line between two of them is wrong by in its middle.
 */
export function interpolationTable(
  apply: (x: number) => number,
  { low, high, scale }: { readonly low: number; readonly high: number; readonly scale: number },
): Int16Array {
  const step = fround(fround(high - low) / STEPS);
  const scaled = (x: number) => fround(fround(apply(x)) * scale);
  return Int16Array.from({ length: STEPS + 1 }, (_, index) => {
    if (index === STEPS) return clamp(roundAway(scaled(high)), -32768, 32767);
    const start = fround(low + fround(index * step));
    const next = fround(low + fround((index + 1) * step));
    const value = roundAway(scaled(start));
    const line = roundAway(fround(fround(scaled(next) + value) / 2));
    const middle = roundAway(scaled(fround(start + fround(step / 2))));
    return clamp(fround(value - roundAway(fround(fround(line - middle) / 2))), -32768, 32767);
  });
}

/** The value of an interpolated table for an int16 number: slopes and results wrap at 16 bits. */
export function interpolate(value: number, table: Int16Array): number {
  const index = 256 + (value >> 7);
  const base = table[index] ?? 0;
  const slope = (((table[index + 1] ?? 0) - base) << 16) >> 16;
  return base + ((slope * (value & 127) + 64) >> 7);
}

/** The table of `real` over all values of a layer's input. */
function tableOf<A>(layer: Layer<A>, real: RealFunction<A>): Int16Array {
  const { input, output } = oneToOne(layer);
  const [from, to] = [scaleOf(input), scaleOf(output)];
  const range = fround(fround(to * 32767) - fround(to * -32768));
  const [low, high] = [fround(from * -32768), fround(from * 32767)];
  return interpolationTable(real(layer), { low, high, scale: fround(65536 / range) });
}

/** The int16 form of `real`. */
export function interpolatedForm<A = unknown>(real: RealFunction<A>): UnaryForm<A> {
  const map: ElementFunction<A> = (layer) => {
    const table = tableOf(layer, real);
    return (value) => interpolate(value, table);
  };
  return {
    dtype: "int16",
    check: checkSymmetric,
    map,
    variants: [
      {
        name: "interpolated_table_s16",
        file: "lookup_table/interpolated",
        fits: () => true,
        cost: (layer) => elementCount(oneToOne(layer).output.shape) * 8,
        pack: (layer) => ({ table: { bytes: bytesOf(tableOf(layer, real)), align: 2, role: "tables" } }),
        overlap: () => 0,
        calls: (layer) => [elementwiseCall(layer, [{ name: "table", constant: "table" }])],
      },
    ],
  };
}
