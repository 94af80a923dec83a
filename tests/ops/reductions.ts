/** Reductions for tests: random shapes and axes, of some type. */

import type { DType } from "../../codegen/graph/tensor.ts";
import { type FileOperatorCase, numbers, tensor } from "./file_operator.ts";
import { type Random, randomOf } from "./random_values.ts";

interface Reduced {
  readonly shape: readonly number[];
  readonly axes: readonly number[];
  readonly output: readonly number[];
  readonly dtype?: DType;
  /** Scale and zero point of the input. */
  readonly from?: readonly [number, number];
  readonly to?: readonly [number, number];
}

/** A reduction of a file. */
export function reduced(
  spelling: string,
  { shape, axes, output, dtype = "int8", from = [0.05, 3], to = from }: Reduced,
): FileOperatorCase {
  const inputs = [tensor(shape, ...from, dtype), numbers(...axes)];
  const keepDims = Number(output.length === shape.length);
  return { spelling, inputs, outputs: [tensor(output, ...to, dtype)], options: { keepDims } };
}

interface Choice {
  readonly count: number;
  readonly seed: number;
  readonly dtype?: DType;
  /** Quantization of an output whose input has `from`, for `values` values each; the same one if left out. */
  readonly quantize?: (
    random: Random,
    from: readonly [number, number],
    values: number,
  ) => readonly [number, number];
}

/** `count` reductions over any dimensions, with and without keeping them. */
export function randomReductions(
  spelling: string,
  { count, seed, dtype = "int8", quantize = (_, from) => from }: Choice,
): FileOperatorCase[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => {
    const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 5));
    const axes = shape.map((_, d) => d).filter(() => random.real() < 0.5);
    const keep = random.pick([true, false]);
    const output = shape.flatMap((size, d) => (axes.includes(d) ? (keep ? [1] : []) : [size]));
    const scale = random.pick([0.05, 0.01, 0.7]) * (dtype === "int16" ? 0.005 : 1);
    const from = [scale, dtype === "int8" ? random.int(-128, 127) : 0] as const;
    const values = axes.reduce((product, d) => product * (shape[d] ?? 1), 1);
    return reduced(spelling, { shape, axes, output, dtype, from, to: quantize(random, from, values) });
  });
}

/** Axes that alternate with kept dimensions, more often than the kernels have loops for the latter. */
export function alternating(spelling: string, dtype: DType = "int8"): FileOperatorCase {
  const shape = [2, 3, 2, 2, 3, 2];
  return reduced(spelling, { shape, axes: [1, 3, 5], output: [2, 2, 3], dtype, from: [0.05, 0] });
}
