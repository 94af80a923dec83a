/** SVDF operators for tests. */

import { bytesOf, type Tensor, zeros } from "../../codegen/graph/tensor.ts";
import { type FileOperatorCase, tensor } from "./file_operator.ts";
import { type Random, randomValues } from "./random_values.ts";

export interface SvdfSizes {
  readonly batches?: number;
  readonly inputs: number;
  readonly units: number;
  readonly rank?: number;
  readonly memory: number;
}

/** An SVDF whose constants `fill` makes; `parts` replace tensors by position. */
export function svdf(
  { batches = 1, inputs, units, rank = 1, memory }: SvdfSizes,
  fill: (tensor: Tensor) => Uint8Array,
  {
    state = "int8",
    bias = true,
    parts = {},
  }: {
    readonly state?: "int8" | "int16";
    readonly bias?: boolean;
    readonly parts?: Readonly<Record<number, Partial<Tensor>>>;
  } = {},
): FileOperatorCase {
  const filters = units * rank;
  const constant = (plain: Tensor) => ({ ...plain, data: fill(plain) });
  const past = tensor([batches, filters * memory], 0.06, state === "int8" ? -10 : 0, state);
  const given: (Tensor | undefined)[] = [
    tensor([batches, inputs], 0.04, 9),
    constant(tensor([filters, inputs], 0.012, 0)),
    constant(tensor([filters, memory], 0.01, 0, state)),
    bias
      ? constant({
          ...tensor([units], 1, 0, "int32"),
          quantization: { scales: [0.0006], zeroPoints: [0], axis: 0 },
        })
      : undefined,
    { ...past, state: { initial: bytesOf(zeros(state, filters * memory * batches)) } },
  ];
  return {
    spelling: "SVDF",
    inputs: given.map((plain, at) => plain && { ...plain, ...parts[at] }),
    outputs: [tensor([batches, units], 0.5, -3)],
    options: { rank },
  };
}

/** Constants of any bytes, biases small enough to matter. */
export function randomConstants(random: Random): (tensor: Tensor) => Uint8Array {
  return (plain) =>
    plain.dtype === "int32"
      ? bytesOf(Int32Array.from({ length: plain.shape[0] ?? 1 }, () => random.int(-3000, 3000)))
      : bytesOf(randomValues(plain, random));
}
