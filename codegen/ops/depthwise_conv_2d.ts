/**
 * DEPTHWISE_CONV_2D: int8 and 16x8, NHWC input, filter [1, height, width, channels · multiplier], optional bias (TFLite
 * reference: integer_ops/depthwise_conv.h).
 */

import { require } from "../error.ts";
import type { KernelVariant, Layer, Values } from "./descriptor.ts";
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
  packRequantization,
  readConvolution,
  STRIDE_FIELDS,
  weightsOf,
  windowRows,
  windowShape,
} from "./families/convolution.ts";
import { lanesConvolution } from "./families/convolution_lanes.ts";
import {
  type ConvolutionProblem,
  geometryArguments,
  portableConvolution,
  problemMacs,
  requantizeArguments,
} from "./families/convolution_problem.ts";
import { convolve } from "./families/convolution_reference.ts";
import { relaxedConvolutions } from "./families/convolution_relaxed.ts";
import {
  packHalfRows,
  packSmallParameters,
  portableConvolution4,
  simd128Convolution4,
  smallArguments,
} from "./families/convolution_s4.ts";
import { addsIn32Bits, portableConvolution16 } from "./families/convolution_s16.ts";
import { simd128Convolution16, simd128Depthwise16 } from "./families/convolution_s16_simd128.ts";
import { simd128Convolution } from "./families/convolution_simd128.ts";
import { directDepthwise } from "./families/depthwise_direct.ts";
import { lanesDepthwise } from "./families/depthwise_lanes.ts";
import { portableDepthwise16 } from "./families/depthwise_s16.ts";
import { simd128Depthwise } from "./families/depthwise_simd128.ts";
import { ONNX_BATCH_NORMALIZATION, ONNX_PADDED_AVERAGE } from "./families/onnx_affine.ts";
import { ONNX_DEPTHWISE_CONV } from "./families/onnx_convolution.ts";
import { sumRangeOf } from "./families/sum_range.ts";
import { checkSums, hasWideSums, roundingOf, scalingOf } from "./families/wide_sums.ts";
import { overlapDistance } from "./families/window_overlap.ts";

type DepthwiseLayer = Layer<ConvolutionAttributes>;

function filtersOf(layer: DepthwiseLayer): number {
  return convolutionTensors(layer).filter.shape[3] ?? 1;
}

/** How many output channels each input channel has. */
function multiplicityOf(layer: DepthwiseLayer): number {
  return filtersOf(layer) / geometryOf(layer).channels;
}

function singleChannel(layer: DepthwiseLayer): ConvolutionProblem | undefined {
  return geometryOf(layer).channels === 1 ? depthwiseProblem(layer) : undefined;
}

/** The layer as a convolution of one group a channel, with its weights filter by filter. */
function depthwiseProblem(layer: DepthwiseLayer): ConvolutionProblem {
  const { input, filter, output } = convolutionTensors(layer);
  const filters = filtersOf(layer);
  const geometry = geometryOf(layer);
  const taps = geometry.kernelHeight * geometry.kernelWidth;
  const stored = weightsOf(filter);
  const weights = stored.map((_, at) => stored[(at % taps) * filters + Math.floor(at / taps)] ?? 0);
  return {
    input,
    output,
    geometry,
    window: layer.attributes,
    activation: layer.attributes.activation,
    filters,
    groups: geometry.channels,
    weights,
    bias: foldedBias(layer, filters, (index) => weights.subarray(index * taps, (index + 1) * taps)),
    factors: channelFactors(layer, filters),
    ...roundingOf(layer.attributes),
    wide: hasWideSums(layer),
    int4: filter.dtype === "int4",
  };
}

const portable: KernelVariant<ConvolutionAttributes> = {
  name: "depthwise_conv_2d_s8",
  file: "depthwise_conv_2d/portable",
  fits: ({ inputs: [input, filter] }) => input?.dtype === "int8" && filter?.dtype === "int8",
  // Where loads are checked one feels that windows are short and the borders' are copied.
  cost: (layer, { lanes }) => problemMacs(depthwiseProblem(layer)) * (lanes ? 12 : 6),
  pack(layer) {
    const problem = depthwiseProblem(layer);
    const { filter } = convolutionTensors(layer);
    return {
      weights: { bytes: filter.data ?? new Uint8Array(), align: 1, role: "weights" },
      channel_parameters: packRequantization(problem.bias, problem.factors).parameters,
    };
  },
  scratch(layer) {
    const { kernelHeight, kernelWidth, channels } = geometryOf(layer);
    return isPadded(layer.attributes) ? kernelHeight * kernelWidth * channels : 0;
  },
  overlap(layer, index) {
    if (index !== 0) return undefined;
    return overlapDistance(geometryOf(layer), layer.attributes, filtersOf(layer), { buffered: false });
  },
  calls(layer, _packed, style) {
    const problem = depthwiseProblem(layer);
    const padded = isPadded(layer.attributes);
    return [
      [
        ...geometryArguments(problem, multiplicityOf(layer)),
        ...requantizeArguments(problem),
        { name: "padded", literal: Number(padded) },
        padded ? { name: "patch", scratch: 0 } : { name: "patch", literal: 0 },
        { name: "tiled", literal: Number(!style.compact) },
      ],
    ];
  },
};

const portable4: KernelVariant<ConvolutionAttributes> = {
  ...portable,
  name: "depthwise_conv_2d_s4",
  file: "depthwise_conv_2d/portable_s4",
  fits: (layer) => convolutionTensors(layer).filter.dtype === "int4",
  pack(layer) {
    const problem = depthwiseProblem(layer);
    const { filter } = convolutionTensors(layer);
    return {
      weights: packHalfRows(weightsOf(filter), problem.filters),
      ...packSmallParameters(problem),
    };
  },
  calls: (layer, packed, style) =>
    portable
      .calls(layer, packed, style)
      .map((call) => smallArguments(depthwiseProblem(layer), call).filter(({ name }) => name !== "tiled")),
};

function evaluate(layer: DepthwiseLayer, inputs: readonly (Values | undefined)[]): Values[] {
  const { input, output } = convolutionTensors(layer);
  const filters = filtersOf(layer);
  const geometry = geometryOf(layer);
  const reference = {
    geometry,
    window: layer.attributes,
    filters,
    depth: 1,
    firstChannel: (filter: number) => Math.floor(filter / multiplicityOf(layer)),
    weightIndex: (filter: number, ky: number, kx: number) =>
      (ky * geometry.kernelWidth + kx) * filters + filter,
    scale: scalingOf(layer, channelFactors(layer, filters)),
    inputZeroPoint: zeroPointOf(input),
    outputZeroPoint: zeroPointOf(output),
    outputType: output.dtype,
    range: activationRange(layer.attributes.activation, output),
  };
  const [values = new Int8Array(), weights = new Int8Array(), bias] = inputs;
  return [convolve(reference, values, weights, bias)];
}

export const depthwiseConv2d = defineOperator<ConvolutionAttributes>({
  kind: "depthwise_conv_2d",
  tflite: [
    {
      code: 4,
      name: "DEPTHWISE_CONV_2D",
      options: { ...STRIDE_FIELDS, activation: { id: 4, type: "int8" }, ...dilationFields(5) },
      read: (operator) => ({ attributes: readConvolution(operator) }),
    },
  ],
  onnx: [ONNX_DEPTHWISE_CONV, ONNX_BATCH_NORMALIZATION, ONNX_PADDED_AVERAGE],
  check(layer) {
    const filters = filtersOf(layer);
    // With an int32 bias TFLite Micro would read it as int64.
    checkWeights(layer, filters, 3, ["int64"]);
    require(Number.isInteger(multiplicityOf(layer)), () =>
      `expects the filter's channels to be a multiple of the input's ${geometryOf(layer).channels}, found ${filters}. The file may be damaged; re-export it.`);
    checkWindow(layer, filters);
    checkSums(depthwiseProblem(layer));
  },
  shapes: (layer) => [windowShape(layer, layer.inputs[1]?.shape[3] ?? 1)],
  macs: (layer) => problemMacs(depthwiseProblem(layer)),
  traits: {
    channels: (layer) => (multiplicityOf(layer) === 1 ? "each" : undefined),
    clipped: (layer) => isPadded(layer.attributes),
    rows: windowRows,
    sums: (layer) => sumRangeOf(depthwiseProblem(layer)),
  },
  evaluate,
  variants: [
    portable,
    portable4,
    simd128Depthwise(depthwiseProblem),
    directDepthwise(depthwiseProblem),
    lanesDepthwise(depthwiseProblem),
    portableDepthwise16(depthwiseProblem, multiplicityOf),
    simd128Depthwise16(depthwiseProblem),
    // A single input channel: every filter reads the same patch, as in an ordinary convolution.
    portableConvolution(singleChannel),
    lanesConvolution(singleChannel),
    portableConvolution4(singleChannel),
    simd128Convolution4(singleChannel),
    simd128Convolution(singleChannel),
    ...relaxedConvolutions(singleChannel),
    portableConvolution16((layer) =>
      addsIn32Bits(depthwiseProblem(layer)) ? singleChannel(layer) : depthwiseProblem(layer),
    ),
    simd128Convolution16(singleChannel),
  ],
  limits: "int8, int4 weights, 16x8; constant filter; any multiplier, stride, dilation and padding",
});
