/** The kernels of products of matrices that are computed: BATCH_MATMUL, and FULLY_CONNECTED with a computed filter. */

import { type FixedFactor, wideFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { elementBytes, type Tensor } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, PackedConstant, Style } from "../descriptor.ts";
import { type Activation, activationRange, zeroPointOf } from "./activation.ts";
import { roundUp } from "./convolution_simd128.ts";
import { type ProductLoops, productCalls, productMacs, productOverlap } from "./matrix_product.ts";

/** A product as its kernels see it; `x` and `y` are inputs 0 and 1 of the layer. */
export interface Product {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly output: Tensor;
  readonly loops: ProductLoops;
  readonly factor: FixedFactor;
  readonly activation: Activation;
  /** Whether input 2 is an int32 bias, one for each column. */
  readonly bias?: boolean;
}

/** The arguments that say how sums become int8. */
function int8Arguments({ x, y, output, factor, activation, bias }: Product, style: Style): Argument[] {
  const { min, max } = activationRange(activation, output);
  return [
    bias ? { name: "bias", input: 2 } : { name: "bias", literal: 0 },
    { name: "x_zero_point", literal: zeroPointOf(x) },
    { name: "y_zero_point", literal: zeroPointOf(y) },
    { name: "output_zero_point", literal: zeroPointOf(output) },
    { name: "multiplier", literal: factor.multiplier },
    { name: "shift", literal: factor.shift },
    { name: "activation_min", literal: min },
    { name: "activation_max", literal: max },
    { name: "tiled", literal: Number(!style.compact) },
  ];
}

function int16Arguments({ factor }: Product): Argument[] {
  const { multiplier, exponent } = wideFactor(factor);
  return [
    { name: "multiplier", literal: multiplier },
    { name: "exponent", literal: exponent },
  ];
}

/** What `describe` makes of a layer that a variant fits. */
function describedBy<A>(describe: (layer: Layer<A>) => Product | undefined) {
  return (layer: Layer<A>): Product => {
    const product = describe(layer);
    if (!product) throw new RangeError("the layer is no product of matrices, so this variant does not fit");
    return product;
  };
}

/** Columns of a tile of the SIMD128 kernel, and values that its rows are padded to. */
const LANES = 8;
const TAIL_BYTES = 16;

/**
 * The exponent of the lanes' shift: 0 where 32 bits can't hold it, `undefined` where the lanes' arithmetic is not exact at
 * all, since the shift does not go right.
 */
function laneExponent({ loops, factor: { multiplier, shift } }: Product): number | undefined {
  if (multiplier !== 0 && shift >= 0) return undefined;
  const exponent = multiplier === 0 ? 1 : -shift;
  const high = Math.ceil((255 * 255 * loops.depth.count * multiplier) / 2 ** 31) + 1;
  return high + 2 ** (exponent - 1) < 2 ** 31 ? exponent : 0;
}

/** int32 bias[4], multiplier[4], power[4], as requantize_lanes takes them. */
function laneParameters(product: Product): PackedConstant {
  const { multiplier, shift } = product.factor;
  const power = laneExponent(product) ? 1 : 2 ** (31 + (multiplier === 0 ? -1 : shift));
  const words = Int32Array.from({ length: 12 }, (_, index) => [0, multiplier, power][index >> 2] ?? 0);
  return { bytes: new Uint8Array(words.buffer), align: 16, role: "tables" };
}

/** The kernel of SIMD128 (assembly/batch_matmul/simd128.ts) for a layer that `describe` turns into a product. */
export function simd128Product<A>(describe: (layer: Layer<A>) => Product | undefined): KernelVariant<A> {
  const order = { rows: 2, packed: true };
  const productOf = describedBy(describe);
  return {
    name: "batch_matmul_s8_simd128",
    file: "batch_matmul/simd128",
    fits(layer, target) {
      const product = describe(layer);
      if (target.simd !== "128" || product?.output.dtype !== "int8" || product.bias) return false;
      return laneExponent(product) !== undefined;
    },
    // Copying what is multiplied costs a few cycles for each value; then a dot product takes eight at once.
    cost(layer) {
      const { loops } = productOf(layer);
      const [rows, columns, depth] = [loops.rows.count, loops.columns.count, loops.depth.count];
      const products = productMacs(loops) / (rows * columns * depth);
      const lanes = roundUp(rows, order.rows) * roundUp(columns, LANES) * roundUp(depth, LANES);
      return products * (2 * depth * (rows + columns) + lanes / 2);
    },
    pack: (layer) => ({ parameters: laneParameters(productOf(layer)) }),
    scratch(layer) {
      const { depth, columns } = productOf(layer).loops;
      const rowBytes = roundUp(depth.count, LANES) * 2;
      return TAIL_BYTES + rowBytes * (order.rows + roundUp(columns.count, LANES));
    },
    overlap(layer, index) {
      return productOverlap(productOf(layer).loops, index === 0 ? "x" : "y", 1, order);
    },
    calls(layer) {
      const product = productOf(layer);
      const { min, max } = activationRange(product.activation, product.output);
      return productCalls(product.loops, product).map((call) => [
        ...call,
        { name: "x_zero_point", literal: zeroPointOf(product.x) },
        { name: "y_zero_point", literal: zeroPointOf(product.y) },
        { name: "output_zero_point", literal: zeroPointOf(product.output) },
        { name: "parameters", constant: "parameters" },
        { name: "uniform_exponent", literal: laneExponent(product) ?? 0 },
        { name: "activation_min", literal: min },
        { name: "activation_max", literal: max },
        { name: "scratch", scratch: 0 },
      ]);
    },
  };
}

/** Scalar kernels (assembly/batch_matmul/portable.ts) for a layer that `describe` turns into a product. */
export function portableProducts<A>(describe: (layer: Layer<A>) => Product | undefined): KernelVariant<A>[] {
  const productOf = describedBy(describe);
  const variant = (
    name: string,
    dtype: "int8" | "int16",
    ends: (product: Product, style: Style) => Argument[],
  ): KernelVariant<A> => ({
    name,
    file: "batch_matmul/portable",
    fits: (layer) => describe(layer)?.output.dtype === dtype,
    cost: (layer) => productMacs(productOf(layer).loops) * 5,
    overlap(layer, index) {
      if (index > 1) return undefined;
      return productOverlap(productOf(layer).loops, index === 0 ? "x" : "y", elementBytes(dtype));
    },
    calls(layer, _packed, style) {
      const product = productOf(layer);
      return productCalls(product.loops, product).map((call) => [...call, ...ends(product, style)]);
    },
  });
  return [
    variant("batch_matmul_s8", "int8", int8Arguments),
    variant("batch_matmul_s16", "int16", int16Arguments),
  ];
}
