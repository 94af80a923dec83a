/** Pools for tests, given ones and random ones. */

import { type FileOperatorCase, tensor } from "./file_operator.ts";
import { randomOf } from "./random_values.ts";

interface Pool {
  /** NHWC. */
  readonly shape: readonly number[];
  readonly window: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly same: boolean;
  readonly activation?: number;
}

export function pooled(
  spelling: string,
  { shape, window, stride, same, activation = 0 }: Pool,
  dtype: "int8" | "int16" = "int8",
): FileOperatorCase {
  const activations = (dimensions: readonly number[]) =>
    dtype === "int8" ? tensor(dimensions) : tensor(dimensions, 0.0005, 0, dtype);
  const [batches = 1, height = 1, width = 1, channels = 1] = shape;
  const size = (input: number, kernel: number, step: number) =>
    same ? Math.ceil(input / step) : Math.floor((input - kernel) / step) + 1;
  const output = [batches, size(height, window[0], stride[0]), size(width, window[1], stride[1]), channels];
  return {
    spelling,
    inputs: [activations(shape)],
    outputs: [activations(output)],
    options: {
      padding: same ? 0 : 1,
      strideHeight: stride[0],
      strideWidth: stride[1],
      windowHeight: window[0],
      windowWidth: window[1],
      activation,
    },
  };
}

export function randomPools(
  spelling: string,
  seed: number,
  dtype: "int8" | "int16" = "int8",
): FileOperatorCase[] {
  const random = randomOf(seed);
  return Array.from({ length: 20 }, () => {
    const window = [random.int(1, 4), random.int(1, 4)] as const;
    const same = random.pick([true, false]);
    const dimension = (least: number) => random.int(same ? 1 : least, 9);
    const pool: Pool = {
      shape: [
        random.pick([1, 1, 2]),
        dimension(window[0]),
        dimension(window[1]),
        random.pick([random.int(1, 9), random.int(1, 9), random.int(10, 33)]),
      ],
      window,
      stride: [random.int(1, 3), random.int(1, 3)],
      same,
      activation: random.int(0, 3),
    };
    return pooled(spelling, pool, dtype);
  });
}
