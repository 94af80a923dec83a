/** CONV_2D: int8 and 16x8 convolution, NHWC input, OHWI filter, optional bias (TFLite reference: integer_ops/conv.h). */

import { require } from "../error.ts";
import type { Layer, Values } from "./descriptor.ts";
import { defineOperator } from "./descriptor.ts";
import { activationRange, zeroPointOf } from "./families/activation.ts";
import {
  type ConvolutionAttributes,
  channelFactors,
  checkWeights,
  checkWindow,
  convolutionTensors,
  dilationFields,
  foldedBias,
  geometryOf,
  isPadded,
  readConvolution,
  STRIDE_FIELDS,
  weightsOf,
  windowRows,
  windowShape,
} from "./families/convolution.ts";
import { lanesConvolution } from "./families/convolution_lanes.ts";
import { type ConvolutionProblem, portableConvolution, problemMacs } from "./families/convolution_problem.ts";
import { convolve } from "./families/convolution_reference.ts";
import { relaxedConvolutions } from "./families/convolution_relaxed.ts";
import { portableConvolution4, simd128Convolution4 } from "./families/convolution_s4.ts";
import { portableConvolution16 } from "./families/convolution_s16.ts";
import { simd128Convolution16 } from "./families/convolution_s16_simd128.ts";
import { simd128Convolution } from "./families/convolution_simd128.ts";
import { winogradConvolution } from "./families/convolution_winograd.ts";
import { ONNX_CONV } from "./families/onnx_convolution.ts";
import { sumRangeOf } from "./families/sum_range.ts";
import { checkSums, hasWideSums, roundingOf, scalingOf } from "./families/wide_sums.ts";

/** Filters, the input channels that each reads, and the groups of filters that read the same ones. */
function grouping(layer: Layer<ConvolutionAttributes>): { filters: number; depth: number; groups: number } {
  const [filters = 1, , , depth = 1] = convolutionTensors(layer).filter.shape;
  return { filters, depth, groups: geometryOf(layer).channels / depth };
}

/** The convolution that a layer is. */
export function problemOf(layer: Layer<ConvolutionAttributes>): ConvolutionProblem {
  const { input, filter, output } = convolutionTensors(layer);
  const { filters, groups } = grouping(layer);
  const weights = weightsOf(filter);
  const run = weights.length / filters;
  return {
    input,
    output,
    geometry: geometryOf(layer),
    window: layer.attributes,
    activation: layer.attributes.activation,
    filters,
    groups,
    weights,
    bias: foldedBias(layer, filters, (index) => weights.subarray(index * run, (index + 1) * run)),
    factors: channelFactors(layer, filters),
    ...roundingOf(layer.attributes),
    wide: hasWideSums(layer),
    int4: filter.dtype === "int4",
  };
}

function evaluate(layer: Layer<ConvolutionAttributes>, inputs: readonly (Values | undefined)[]): Values[] {
  const { input, output } = convolutionTensors(layer);
  const { filters, depth, groups } = grouping(layer);
  const geometry = geometryOf(layer);
  const { kernelHeight, kernelWidth } = geometry;
  const reference = {
    geometry,
    window: layer.attributes,
    filters,
    depth,
    firstChannel: (filter: number) => Math.floor(filter / (filters / groups)) * depth,
    weightIndex: (filter: number, ky: number, kx: number, channel: number) =>
      ((filter * kernelHeight + ky) * kernelWidth + kx) * depth + channel,
    scale: scalingOf(layer, channelFactors(layer, filters)),
    inputZeroPoint: zeroPointOf(input),
    outputZeroPoint: zeroPointOf(output),
    outputType: output.dtype,
    range: activationRange(layer.attributes.activation, output),
  };
  const [values = new Int8Array(), weights = new Int8Array(), bias] = inputs;
  return [convolve(reference, values, weights, bias)];
}

export const conv2d = defineOperator<ConvolutionAttributes>({
  kind: "conv_2d",
  tflite: [
    {
      code: 3,
      name: "CONV_2D",
      options: { ...STRIDE_FIELDS, activation: { id: 3, type: "int8" }, ...dilationFields(4) },
      read: (operator) => ({ attributes: readConvolution(operator) }),
    },
  ],
  onnx: [ONNX_CONV],
  check(layer) {
    const { filters, depth, groups } = grouping(layer);
    checkWeights(layer, filters, 0, ["int64", "int32"]);
    require(Number.isInteger(groups) && filters % groups === 0, () =>
      `expects the filter's ${depth} channels to divide the input's ${geometryOf(layer).channels} into groups that divide ${filters} filters. The file may be damaged; re-export it.`);
    checkWindow(layer, filters);
    checkSums(problemOf(layer));
  },
  shapes: (layer) => [windowShape(layer, layer.inputs[1]?.shape[0] ?? 1)],
  macs: (layer) => problemMacs(problemOf(layer)),
  traits: {
    channels: (layer) => (grouping(layer).groups === 1 ? "filters" : undefined),
    clipped: (layer) => isPadded(layer.attributes),
    rows: windowRows,
    sums: (layer) => sumRangeOf(problemOf(layer)),
  },
  evaluate,
  variants: [
    portableConvolution(problemOf),
    lanesConvolution(problemOf),
    portableConvolution4(problemOf),
    simd128Convolution4(problemOf),
    simd128Convolution(problemOf),
    ...relaxedConvolutions(problemOf),
    winogradConvolution(problemOf),
    portableConvolution16(problemOf),
    simd128Convolution16(problemOf),
  ],
  limits: "int8, int4 weights, 16x8; constant filter; grouped; any stride, dilation and padding",
});
