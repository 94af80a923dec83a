/** Packs convolutions with int4 weights for the kernels that take them apart in their loops. */

import { packHalves } from "../../graph/tensor.ts";
import type { KernelVariant, Layer, PackedConstant } from "../descriptor.ts";
import { packRequantization } from "./convolution.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flattened,
  interleaveFilters,
  portableConvolution,
} from "./convolution_problem.ts";

/** Runs of `row` int4 values, each packed into whole bytes of two, the first in the low half. */
export function packHalfRows(values: Int8Array, row: number): PackedConstant {
  const rows = Array.from({ length: values.length / row }, (_, index) =>
    packHalves(values.subarray(index * row, (index + 1) * row)),
  );
  return { bytes: Uint8Array.from(rows.flatMap((bytes) => [...bytes])), align: 1, role: "weights" };
}

/** Runs of `conv_2d_s4` (assembly/conv_2d/portable_s4.ts) for an operator that `describe` turns into a convolution. */
export function portableConvolution4<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const like = portableConvolution(describe);
  return {
    ...like,
    name: "conv_2d_s4",
    file: "conv_2d/portable_s4",
    fits: (layer) => describe(layer)?.int4 === true,
    cost: (layer, target) => like.cost(layer, target) * 1.3,
    pack(layer, style) {
      const described = describe(layer);
      if (!described) throw new RangeError("the layer is no convolution, so this variant does not fit");
      const problem = flattened(described);
      const { bytes } = packHalfRows(problem.weights, filterDepth(problem));
      return {
        weights: interleaveFilters(
          { ...problem, weights: new Int8Array(bytes.buffer) },
          style.compact ? 1 : 4,
        ),
        channel_parameters: packRequantization(problem.bias, problem.factors).parameters,
      };
    },
  };
}
