/** Packs 16x8 depthwise convolutions for assembly/depthwise_conv_2d/portable_s16.ts. */

import type { Layer } from "../../graph/graph.ts";
import type { KernelVariant } from "../descriptor.ts";
import { type ConvolutionAttributes, convolutionTensors, isPadded } from "./convolution.ts";
import { type ConvolutionProblem, geometryArguments, problemMacs } from "./convolution_problem.ts";
import {
  addsIn32Bits,
  overlapDistance16,
  packWideParameters,
  rangeArguments,
  wideArguments,
} from "./convolution_s16.ts";

type DepthwiseLayer = Layer<ConvolutionAttributes>;

/**
 * Runs of `depthwise_conv_2d_s16`, for layers whose windows can be added up in 32 bits. `describe` gives a convolution of
 * one group a channel, `multiplicityOf` how many output channels each has.
 */
export function portableDepthwise16(
  describe: (layer: DepthwiseLayer) => ConvolutionProblem,
  multiplicityOf: (layer: DepthwiseLayer) => number,
): KernelVariant<ConvolutionAttributes> {
  return {
    name: "depthwise_conv_2d_s16",
    file: "depthwise_conv_2d/portable_s16",
    fits: (layer) => layer.inputs[0]?.dtype === "int16" && addsIn32Bits(describe(layer)),
    cost: (layer) => problemMacs(describe(layer)) * 6,
    pack(layer) {
      const { filter } = convolutionTensors(layer);
      return {
        weights: { bytes: filter.data ?? new Uint8Array(), align: 1, role: "weights" },
        channel_parameters: packWideParameters(describe(layer)),
      };
    },
    scratch(layer) {
      const { kernelHeight, kernelWidth, channels } = describe(layer).geometry;
      return isPadded(layer.attributes) ? 2 * kernelHeight * kernelWidth * channels : 0;
    },
    overlap: (layer, index) =>
      index === 0 ? overlapDistance16(describe(layer), { buffered: false }) : undefined,
    calls(layer, _packed, style) {
      const problem = describe(layer);
      const padded = isPadded(layer.attributes);
      return [
        [
          ...geometryArguments(problem, multiplicityOf(layer)),
          ...wideArguments(problem),
          ...rangeArguments(problem),
          { name: "padded", literal: Number(padded) },
          padded ? { name: "patch", scratch: 0 } : { name: "patch", literal: 0 },
          { name: "tiled", literal: Number(!style.compact) },
        ],
      ];
    },
  };
}
