/** Random layers for the kernels of relaxed SIMD: with any weights, and with those of seven bits. */

import { randomConvolution } from "../ops/convolutions.ts";
import { type FileOperatorCase, tensor } from "../ops/file_operator.ts";
import { type Random, randomOf } from "../ops/random_values.ts";

/** The same layer with filters whose weights span at most 127, each another way. */
function narrowed(entry: FileOperatorCase, random: Random): FileOperatorCase {
  const [input = tensor([]), filter = tensor([]), ...others] = entry.inputs;
  const low = random.pick([-128, -127, -64, -8, 0]);
  const data = filter.data?.map(() => low + random.pick([0, 127, random.int(0, 127)]));
  return { ...entry, inputs: [input, { ...filter, ...(data && { data }) }, ...others] };
}

/** `count` convolutions and fully connected layers by turns, and the same with weights of seven bits. */
export function layersOf(
  seed: number,
  count: number,
): { wide: FileOperatorCase[]; narrow: FileOperatorCase[] } {
  const random = randomOf(seed);
  const wide = Array.from({ length: count }, (_, index) =>
    randomConvolution(random, { kind: index % 2 === 0 ? "CONV_2D" : "FULLY_CONNECTED" }),
  );
  return { wide, narrow: wide.map((entry) => narrowed(entry, random)) };
}
