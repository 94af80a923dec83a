/**
 * The float32 forms of unary operators. Each result is rounded to float32 once, from doubles where the function is not one
 * of float32 instructions; every NaN is the same one.
 */

import { TURN_WORDS } from "../../graph/elementary.ts";
import type { Layer } from "../../graph/graph.ts";
import { elementCount } from "../../graph/tensor.ts";
import type { Argument, KernelVariant } from "../descriptor.ts";
import { floatBits } from "./float_bits.ts";
import { oneToOne } from "./parameters.ts";
import type { RealFunction } from "./sampled.ts";
import { elementwiseCall, type UnaryForm } from "./unary.ts";

/** Operations of `unary_f32`, by their numbers in assembly/float_unary/portable.ts. */
const OPERATIONS = [
  "abs",
  "ceil",
  "floor",
  "neg",
  "round",
  "sign",
  "sqrt",
  "rsqrt",
  "square",
  "clamp",
  "leaky_relu",
  "hard_swish",
] as const;

/** Operations of `exponential_f32`, by their numbers in assembly/float_unary/exponential.ts. */
const EXPONENTIALS = ["exp", "elu", "logistic", "tanh"] as const;

/** A kernel that goes through the elements, with what else it takes. */
interface FloatKernel<A> extends Pick<KernelVariant<A>, "name" | "file" | "pack"> {
  /** Rough cycles an element. */
  readonly cycles: number;
  more(layer: Layer<A>): readonly Argument[];
}

function floatForm<A>(real: RealFunction<A>, { cycles, more, ...kernel }: FloatKernel<A>): UnaryForm<A> {
  return {
    dtype: "float32",
    map(layer) {
      const apply = real(layer);
      return (value) => {
        const result = apply(value);
        return Number.isNaN(result) ? Number.NaN : result;
      };
    },
    variants: [
      {
        ...kernel,
        fits: () => true,
        cost: (layer) => elementCount(oneToOne(layer).output.shape) * cycles,
        overlap: () => 0,
        calls: (layer) => [elementwiseCall(layer, more(layer))],
      },
    ],
  };
}

/** A function of a few float32 instructions; `bounds` are what `unary_f32` calls low and high. */
export function simpleFloatForm<A = unknown>(
  operation: (typeof OPERATIONS)[number],
  real: RealFunction<A>,
  bounds: (layer: Layer<A>) => readonly [low: number, high: number] = () => [0, 0],
): UnaryForm<A> {
  return floatForm(real, {
    name: "unary_f32",
    file: "float_unary/portable",
    cycles: 8,
    more(layer) {
      const [low, high] = bounds(layer);
      return [
        { name: "operation", literal: OPERATIONS.indexOf(operation), note: operation },
        { name: "low_bits", literal: floatBits(low), note: `of ${low}` },
        { name: "high_bits", literal: floatBits(high), note: `of ${high}` },
      ];
    },
  });
}

/** x kept within [low, high]. */
export function clampFloatForm<A = unknown>(low: number, high: number): UnaryForm<A> {
  const real = () => (x: number) => (x > high ? high : x < low ? low : x);
  return simpleFloatForm<A>("clamp", real, () => [low, high]);
}

/** A function of e^x. */
export function exponentialFloatForm(
  operation: (typeof EXPONENTIALS)[number],
  real: (x: number) => number,
): UnaryForm<unknown> {
  return floatForm(() => real, {
    name: "exponential_f32",
    file: "float_unary/exponential",
    cycles: 200,
    more: () => [{ name: "operation", literal: EXPONENTIALS.indexOf(operation), note: operation }],
  });
}

/** ln x. */
export function logFloatForm(real: (x: number) => number): UnaryForm<unknown> {
  return floatForm(() => real, { name: "log_f32", file: "log/float", cycles: 200, more: () => [] });
}

/** sin(x + `quarters` · π/2). */
export function sineFloatForm(quarters: 0 | 1, real: (x: number) => number): UnaryForm<unknown> {
  return floatForm(() => real, {
    name: "sine_f32",
    file: "sin/float",
    cycles: 150,
    pack: () => ({ turns: { bytes: new Uint8Array(TURN_WORDS.buffer), align: 4, role: "tables" } }),
    more: () => [
      { name: "quarters", literal: quarters },
      { name: "turns", constant: "turns" },
    ],
  });
}
