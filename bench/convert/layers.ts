/** What converters to other formats need to know of a graph: operators by kind, constants as numbers, codings. */

import { type Graph, type Layer, layerOf } from "../../codegen/graph/graph.ts";
import { type Tensor, valuesOf } from "../../codegen/graph/tensor.ts";
import type { ConvolutionAttributes } from "../../codegen/ops/families/convolution.ts";
import type { PoolAttributes } from "../../codegen/ops/families/pool.ts";

/** The operators that the networks of the benchmark have, with their attributes. */
export type KnownLayer =
  | { readonly kind: "conv_2d" | "depthwise_conv_2d"; readonly layer: Layer<ConvolutionAttributes> }
  | { readonly kind: "average_pool_2d"; readonly layer: Layer<PoolAttributes> }
  | { readonly kind: "fully_connected" | "add"; readonly layer: Layer<{ readonly activation: string }> }
  | { readonly kind: "softmax"; readonly layer: Layer<{ readonly beta: number }> }
  | { readonly kind: "reshape"; readonly layer: Layer };

const KNOWN = [
  "conv_2d",
  "depthwise_conv_2d",
  "average_pool_2d",
  "fully_connected",
  "add",
  "softmax",
  "reshape",
];

/** The layers of a graph in order. Throws an Error where the other formats lack an operator or its arithmetic. */
export function knownLayers(graph: Graph): KnownLayer[] {
  return graph.operators.map((operator) => {
    if (!KNOWN.includes(operator.kind))
      throw new Error(`the benchmark does not convert ${operator.spelling}`);
    return { kind: operator.kind, layer: layerOf(graph, operator) } as KnownLayer;
  });
}

/** Tensor `index` of a list that has it. */
export function tensorOf(tensors: Layer["inputs"], index: number): Tensor {
  const tensor = tensors[index];
  if (!tensor) throw new Error(`expected a tensor ${index}, found none`);
  return tensor;
}

/** Scale and zero point of a tensor that has one of each. */
export function codeOf({ name, quantization }: Tensor): {
  readonly scale: number;
  readonly zeroPoint: number;
} {
  const [scale] = quantization?.scales ?? [];
  if (scale === undefined) throw new Error(`expected a quantized tensor, found "${name}" without a scale`);
  return { scale, zeroPoint: quantization?.zeroPoints[0] ?? 0 };
}

/** The integers of a constant. */
export function integersOf({ name, dtype, data }: Tensor): number[] {
  if (!data) throw new Error(`expected a constant, found the activation "${name}"`);
  return Array.from(valuesOf(dtype, data), Number);
}

/** Values of a row-major array of `shape` with its dimensions in the order of `permutation`. */
export function permuted<Value>(
  values: readonly Value[],
  shape: readonly number[],
  permutation: readonly number[],
): Value[] {
  const strides = shape.map((_, index) =>
    shape.slice(index + 1).reduce((product, size) => product * size, 1),
  );
  let offsets = [0];
  for (const dimension of permutation) {
    const size = shape[dimension] ?? 1;
    const stride = strides[dimension] ?? 1;
    offsets = offsets.flatMap((offset) =>
      Array.from({ length: size }, (_, index) => offset + index * stride),
    );
  }
  return offsets.map((offset) => values[offset] as Value);
}
