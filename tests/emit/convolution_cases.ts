/** Small convolutions and dense layers, for tests of what the generator writes. */

import type { Tensor } from "../../codegen/graph/tensor.ts";
import { biasOf, filterOf } from "../ops/convolutions.ts";
import { type FileOperatorCase, numbers, tensor } from "../ops/file_operator.ts";

const WINDOW = { padding: 0, strideHeight: 2, strideWidth: 1, activation: 1 };
const scales = (count: number) => Array.from({ length: count }, (_, index) => 0.01 + 0.001 * index);

export const convolution: FileOperatorCase = {
  spelling: "CONV_2D",
  inputs: [
    tensor([1, 5, 6, 2]),
    filterOf([4, 3, 3, 2], new Int8Array(72).fill(3), scales(4)),
    biasOf([1, 2, 3, 4]),
  ],
  outputs: [tensor([1, 3, 6, 4])],
  options: WINDOW,
};

export const depthwise: FileOperatorCase = {
  spelling: "DEPTHWISE_CONV_2D",
  inputs: [tensor([1, 5, 6, 4]), filterOf([1, 3, 3, 4], new Int8Array(36).fill(3), scales(4), 3)],
  outputs: [tensor([1, 3, 6, 4])],
  options: WINDOW,
};

/** A convolution or fully connected layer whose weights are −127 and 127 by turns. */
export function spanning({ inputs: [input, filter, ...bias], ...rest }: FileOperatorCase): FileOperatorCase {
  const data = filter?.data?.map((_, index) => (index % 2 === 0 ? 127 : 129));
  return {
    ...rest,
    inputs: [input ?? tensor([]), { ...(filter ?? tensor([])), ...(data && { data }) }, ...bias],
  };
}

/** A 3×3 convolution without strides. */
export const winograd: FileOperatorCase = {
  spelling: "CONV_2D",
  inputs: [tensor([1, 8, 9, 8]), filterOf([8, 3, 3, 8], new Int8Array(576).fill(3), scales(8))],
  outputs: [tensor([1, 8, 9, 8])],
  options: { ...WINDOW, strideHeight: 1 },
};

/** A depthwise window over a whole input. */
export const columns: FileOperatorCase = {
  spelling: "DEPTHWISE_CONV_2D",
  inputs: [tensor([1, 5, 1, 12]), filterOf([1, 5, 1, 12], new Int8Array(60).fill(3), scales(12), 3)],
  outputs: [tensor([1, 1, 1, 12])],
  options: { padding: 1, strideHeight: 1, strideWidth: 1 },
};

/** A convolution with int16 activations. */
export function wide({
  inputs: [input, filter],
  outputs: [output],
  ...rest
}: FileOperatorCase): FileOperatorCase {
  const int16 = (shape: readonly number[] = []) => tensor(shape, 0.05, 0, "int16");
  return { ...rest, inputs: [int16(input?.shape), filter ?? tensor([])], outputs: [int16(output?.shape)] };
}

/** A transposed convolution from 3×4 pixels to 6×8. */
export function transposed(input: Tensor, output: Tensor, ...bias: Tensor[]): FileOperatorCase {
  const filter = filterOf([4, 3, 3, 2], new Int8Array(72).fill(3), scales(4));
  return {
    spelling: "TRANSPOSE_CONV",
    inputs: [numbers(...output.shape), filter, input, ...bias],
    outputs: [output],
    options: { padding: 0, strideHeight: 2, strideWidth: 2, activation: 1 },
  };
}

export const dense: FileOperatorCase = {
  spelling: "FULLY_CONNECTED",
  inputs: [tensor([1, 6]), filterOf([3, 6], new Int8Array(18).fill(5)), biasOf([1, 2, 3])],
  outputs: [tensor([1, 3])],
};

export const wideDense: FileOperatorCase = {
  spelling: "FULLY_CONNECTED",
  inputs: [tensor([1, 90]), filterOf([12, 90], new Int8Array(1080).fill(5)), biasOf(scales(12).map(() => 1))],
  outputs: [tensor([1, 12])],
};
