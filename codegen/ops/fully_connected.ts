/**
 * FULLY_CONNECTED: int8 and 16x8 matrix product; input [rows…, depth], filter [filters, depth], optional bias (TFLite
 * Micro: fully_connected_common.cc, integer_ops/fully_connected.h).
 */

import { require } from "../error.ts";
import { clamp, type FixedFactor, fixedFactor } from "../graph/fixed_point.ts";
import { rowMajor, transposed } from "../graph/strides.ts";
import { elementCount, shapeText } from "../graph/tensor.ts";
import type { Layer, Values } from "./descriptor.ts";
import { defineOperator } from "./descriptor.ts";
import {
  type Activation,
  activationOf,
  activationRange,
  scaleOf,
  zeroPointOf,
} from "./families/activation.ts";
import {
  channelFactors,
  checkWeights,
  convolutionTensors,
  foldedBias,
  weightsOf,
} from "./families/convolution.ts";
import { lanesConvolution } from "./families/convolution_lanes.ts";
import { type ConvolutionProblem, portableConvolution } from "./families/convolution_problem.ts";
import { relaxedConvolutions, relaxedFullyConnected } from "./families/convolution_relaxed.ts";
import { portableConvolution4, simd128Convolution4 } from "./families/convolution_s4.ts";
import { portableConvolution16 } from "./families/convolution_s16.ts";
import { simd128Convolution16 } from "./families/convolution_s16_simd128.ts";
import { simd128Convolution } from "./families/convolution_simd128.ts";
import { lanesFullyConnected } from "./families/fully_connected_lanes.ts";
import { simd128FullyConnected } from "./families/fully_connected_simd128.ts";
import { checkWideProduct, MAX_DEPTH, productLoops } from "./families/matrix_product.ts";
import { simd128Product } from "./families/matrix_product_simd128.ts";
import { type Product, portableProducts } from "./families/matrix_product_variants.ts";
import { ONNX_PRODUCTS } from "./families/onnx_product.ts";
import {
  hasRoundedProducts,
  productFactors,
  roundedProduct,
  stepFactors,
} from "./families/rounded_product.ts";
import { sumRangeOf } from "./families/sum_range.ts";
import { checkSums, hasWideSums, roundingOf, scalingOf } from "./families/wide_sums.ts";

export interface FullyConnectedAttributes {
  readonly activation: Activation;
  /** Whether the output has the input's dimensions but for the last; else it is [rows, filters]. */
  readonly keepDims?: boolean;
  /** `once`: sums are rounded once, not twice as TFLite Micro does; `product`: as LiteRT rounds a product of doubles. */
  readonly rounding?: "once" | "product";
}

type FullyConnected = Layer<FullyConnectedAttributes>;

function sizes(layer: FullyConnected): { rows: number; depth: number; filters: number } {
  const { input, filter } = convolutionTensors(layer);
  const [filters = 1, depth = 1] = filter.shape;
  return { rows: elementCount(input.shape) / depth, depth, filters };
}

/** With one scale for all weights, TFLite Micro multiplies the scales as floats; per channel, as doubles. */
function factorsOf(layer: FullyConnected): FixedFactor[] {
  const { input, filter, output } = convolutionTensors(layer);
  const { filters } = sizes(layer);
  const scales = filter.quantization?.scales ?? [];
  if (hasRoundedProducts(layer)) {
    const steps = stepFactors(layer, activationRange(layer.attributes.activation, output));
    return steps.map((factor) => factor ?? fixedFactor(0));
  }
  if (scales.length > 1) return channelFactors(layer, filters);
  const factor = fixedFactor(Math.fround(scaleOf(input) * scaleOf(filter)) / scaleOf(output));
  return Array.from({ length: filters }, () => factor);
}

/** The layer as a convolution; `undefined` where its filter is computed. */
function problemOf(layer: FullyConnected): ConvolutionProblem | undefined {
  if (!convolutionTensors(layer).filter.data) return undefined;
  const { input, filter, output } = convolutionTensors(layer);
  const { rows, depth, filters } = sizes(layer);
  const weights = weightsOf(filter);
  return {
    input,
    output,
    geometry: {
      batches: 1,
      height: 1,
      width: rows,
      channels: depth,
      outHeight: 1,
      outWidth: rows,
      kernelHeight: 1,
      kernelWidth: 1,
    },
    window: {
      strideHeight: 1,
      strideWidth: 1,
      dilationHeight: 1,
      dilationWidth: 1,
      padTop: 0,
      padBottom: 0,
      padLeft: 0,
      padRight: 0,
    },
    activation: layer.attributes.activation,
    filters,
    groups: 1,
    weights,
    bias: foldedBias(layer, filters, (index) => weights.subarray(index * depth, (index + 1) * depth)),
    factors: factorsOf(layer),
    ...(hasRoundedProducts(layer) ? { rounding: "once" } : roundingOf(layer.attributes)),
    wide: hasWideSums(layer),
    int4: filter.dtype === "int4",
  };
}

/** The layer as a product of two activations, the filter transposed; `undefined` where its filter is constant. */
function productOf(layer: FullyConnected): Product | undefined {
  const { input, filter, output } = convolutionTensors(layer);
  if (filter.data) return undefined;
  const { rows, depth, filters } = sizes(layer);
  const [factor = fixedFactor(0)] = factorsOf(layer);
  const x = rowMajor([rows, depth]);
  const layouts = { x, y: transposed(rowMajor([filters, depth])), output: rowMajor([rows, filters]) };
  const bias = layer.inputs[2] !== undefined;
  return {
    x: input,
    y: filter,
    output,
    loops: productLoops(layouts, bias),
    factor,
    ...(hasRoundedProducts(layer) ? { rounding: "once" } : roundingOf(layer.attributes)),
    activation: layer.attributes.activation,
    bias,
  };
}

function evaluate(layer: FullyConnected, inputs: readonly (Values | undefined)[]): Values[] {
  const { input, filter: filterTensor, output } = convolutionTensors(layer);
  const { rows, depth, filters } = sizes(layer);
  const [values = new Int8Array(), weights = new Int8Array(), bias] = inputs;
  const { min, max } = activationRange(layer.attributes.activation, output);
  const products = productFactors(layer);
  const scale = hasRoundedProducts(layer)
    ? (sum: number, filter: number) => roundedProduct(sum | 0, products[filter] ?? 0)
    : scalingOf(layer, factorsOf(layer));
  const result = output.dtype === "int16" ? new Int16Array(rows * filters) : new Int8Array(rows * filters);
  for (let row = 0; row < rows; row++) {
    for (let filter = 0; filter < filters; filter++) {
      let sum = Number(bias?.[filter] ?? 0);
      for (let k = 0; k < depth; k++) {
        const weight = Number(weights[filter * depth + k]) - zeroPointOf(filterTensor);
        sum += (Number(values[row * depth + k]) - zeroPointOf(input)) * weight;
      }
      result[row * filters + filter] = clamp(scale(sum, filter) + zeroPointOf(output), min, max);
    }
  }
  return [result];
}

/** The rules of a layer whose filter is an activation. */
function checkComputed(layer: FullyConnected, depth: number, filters: number): void {
  const { input, filter, output } = convolutionTensors(layer);
  const tensors = [input, filter, output];
  const bias = layer.inputs[2];
  const wide = output.dtype === "int16";
  require(tensors.every(({ dtype }) => dtype === (wide ? "int16" : "int8")), () =>
    `expects one type, int8 or int16, where the filter is computed, found ${tensors.map(({ dtype }) => dtype).join(", ")}. Quantize the model to int8.`);
  for (const tensor of tensors) scaleOf(tensor);
  require(filter.quantization?.scales.length === 1, () =>
    `expects one scale where the filter is computed, found ${filter.quantization?.scales.length}. Re-export the model.`);
  require(!bias ||
    (!wide && bias.dtype === "int32" && elementCount(bias.shape) === filters && !!bias.data), () =>
    `expects ${wide ? "no bias" : `a constant int32 bias of ${filters} values`} where the filter is computed, found ${bias?.dtype} ${shapeText(bias)}. Re-export the model.`);
  require(depth <= MAX_DEPTH, () =>
    `expects sums of at most ${MAX_DEPTH} products, found ${depth}. TFLite's sums overflow there.`);
  if (wide) checkWideProduct(tensors, factorsOf(layer)[0]);
}

/** Throws an `OperatorFault` where the kernel's integers can't round as LiteRT's doubles do. */
function checkSteps(layer: FullyConnected): void {
  if (!hasRoundedProducts(layer)) return;
  const { activation } = layer.attributes;
  const steps = stepFactors(layer, activationRange(activation, convolutionTensors(layer).output));
  const filter = steps.indexOf(undefined);
  require(filter < 0, () =>
    `expects sums below 2^31 that a 31-bit multiplier scales, found filter ${filter}, whose bias or scale is too large. Quantize its weights to int8.`);
}

export const fullyConnected = defineOperator<FullyConnectedAttributes>({
  kind: "fully_connected",
  tflite: [
    {
      code: 9,
      name: "FULLY_CONNECTED",
      options: {
        activation: { id: 0, type: "int8" },
        weightsFormat: { id: 1, type: "int8" },
        keepDims: { id: 2, type: "bool" },
      },
      read(operator) {
        require(operator.option("weightsFormat") === 0, () =>
          `expects the default weights format 0, found ${operator.option("weightsFormat")} (shuffled). Export plain weights.`);
        const activation = activationOf(operator.option("activation"));
        const keepDims = operator.option("keepDims") !== 0;
        const rounding = operator.contract === "litert" ? ({ rounding: "product" } as const) : {};
        return { attributes: { activation, keepDims, ...rounding } };
      },
    },
  ],
  onnx: ONNX_PRODUCTS,
  check(layer) {
    const { input, filter, output } = convolutionTensors(layer);
    require(filter.shape.length === 2, () =>
      `expects a filter of 2 dimensions, found ${shapeText(filter)}. The file may be damaged; re-export it.`);
    const { rows, depth, filters } = sizes(layer);
    if (filter.data) checkWeights(layer, filters, 0, ["int64", "int32"]);
    else checkComputed(layer, depth, filters);
    require(Number.isInteger(rows) && elementCount(output.shape) === rows * filters, () =>
      `expects an input of rows of ${depth} values and ${filters} outputs for each, found ${shapeText(input)} and ${shapeText(output)}. The file may be damaged; re-export it.`);
    checkSums(problemOf(layer));
    checkSteps(layer);
  },
  shapes({ inputs: [input, filter], attributes }) {
    const [filters = 1, depth = 1] = filter?.shape ?? [];
    const outer = input?.shape.slice(0, -1) ?? [];
    const keeps = attributes.keepDims && input?.shape.at(-1) === depth;
    return [keeps ? [...outer, filters] : [elementCount(input?.shape ?? []) / depth, filters]];
  },
  macs(layer) {
    const { rows, depth, filters } = sizes(layer);
    return rows * depth * filters;
  },
  traits: {
    sums(layer) {
      const problem = problemOf(layer);
      return problem && sumRangeOf(problem);
    },
    rowwise(layer) {
      const { input, filter, output } = convolutionTensors(layer);
      const keeps = input.shape.slice(0, -1).join() === output.shape.slice(0, -1).join();
      return filter.data !== undefined && keeps;
    },
    channels(layer) {
      const { input, filter, output } = convolutionTensors(layer);
      const { depth, filters } = sizes(layer);
      if (!filter.data) return undefined;
      return depth % (input.shape.at(-1) ?? 1) === 0 && output.shape.at(-1) === filters
        ? "filters"
        : undefined;
    },
  },
  evaluate,
  variants: [
    portableConvolution(problemOf),
    lanesConvolution(problemOf),
    portableConvolution4(problemOf),
    simd128Convolution4(problemOf),
    simd128Convolution(problemOf),
    ...relaxedConvolutions(problemOf),
    ...relaxedFullyConnected(problemOf),
    simd128FullyConnected(problemOf),
    lanesFullyConnected(problemOf),
    portableConvolution16(problemOf),
    simd128Convolution16(problemOf),
    ...portableProducts(productOf),
    simd128Product(productOf),
  ],
  limits: "int8, int4 weights, 16x8; per-tensor and per-channel scales; a filter of int8 may be computed",
});
