/** Random 16x8 convolutions and fully connected layers: int8 ones with int16 activations and every type of bias. */

import { bytesOf, type Tensor } from "../../codegen/graph/tensor.ts";
import {
  type ConvolutionChoice,
  biasOf as int32BiasOf,
  randomConvolution,
  randomTransposeConv,
} from "./convolutions.ts";
import type { FileOperatorCase } from "./file_operator.ts";
import type { Random } from "./random_values.ts";

/** A constant int64 bias. */
export function biasOf(values: readonly number[]): Tensor {
  const data = bytesOf(BigInt64Array.from(values, BigInt));
  return { name: "bias", shape: [values.length], dtype: "int64", data };
}

function int16Of(tensor: Tensor): Tensor {
  const { scales = [1] } = tensor.quantization ?? {};
  return { ...tensor, dtype: "int16", quantization: { scales, zeroPoints: [0], axis: 0 } };
}

/**
 * A random 16x8 convolution: the biases beyond int32 in some, of int32 in some of the operators that take them, and
 * filters that are too long to be added up in 32 bits.
 */
export function randomConvolution16(random: Random, choice: ConvolutionChoice): FileOperatorCase {
  const entry = randomConvolution(random, choice);
  const [input, filter, bias] = entry.inputs;
  if (!input || !filter) throw new RangeError("a convolution has an input and a filter");
  const narrow = choice.kind !== "DEPTHWISE_CONV_2D" && random.real() < 0.3;
  const size = random.pick([256, 256, 2 ** 15]);
  const values = bias?.data ? Array.from(new Int32Array(bias.data.slice().buffer)) : [];
  const wide = values.map((value) => value * size + random.int(-99, 99));
  const biases = values.length === 0 ? [] : [narrow ? int32BiasOf(values) : biasOf(wide)];
  return {
    ...entry,
    inputs: [int16Of(input), filter, ...biases],
    outputs: entry.outputs.map(int16Of),
  };
}

/** A random transposed convolution of 16x8, some biases beyond int32. */
export function randomTransposeConv16(random: Random): FileOperatorCase {
  const entry = randomTransposeConv(random);
  const [shape, filter, input, bias] = entry.inputs;
  if (!shape || !filter || !input)
    throw new RangeError("a transposed convolution has a shape, filter and input");
  const size = random.pick([256, 2 ** 15]);
  const values = bias?.data ? Array.from(new Int32Array(bias.data.slice().buffer)) : [];
  const biases = values.length === 0 ? [] : [biasOf(values.map((value) => value * size))];
  return {
    ...entry,
    inputs: [shape, filter, int16Of(input), ...biases],
    outputs: entry.outputs.map(int16Of),
  };
}
