/** The kernels of products of matrices that are computed: BATCH_MATMUL, and FULLY_CONNECTED with a computed filter. */

import { type FixedFactor, wideFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { elementBytes, type Tensor } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, Style } from "../descriptor.ts";
import { type Activation, activationRange, zeroPointOf } from "./activation.ts";
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

/** Scalar kernels (assembly/batch_matmul/portable.ts) for a layer that `describe` turns into a product. */
export function portableProducts<A>(describe: (layer: Layer<A>) => Product | undefined): KernelVariant<A>[] {
  const productOf = (layer: Layer<A>): Product => {
    const product = describe(layer);
    if (!product) throw new RangeError("the layer is no product of matrices, so this variant does not fit");
    return product;
  };
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
