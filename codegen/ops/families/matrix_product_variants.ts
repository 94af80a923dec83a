/** The kernels of products of matrices that are computed: BATCH_MATMUL, and FULLY_CONNECTED with a computed filter. */

import { type FixedFactor, wideFactor } from "../../graph/fixed_point.ts";
import type { Layer } from "../../graph/graph.ts";
import { dimensions, elementBytes, type Tensor } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, Style } from "../descriptor.ts";
import { type Activation, activationRange, zeroPointOf } from "./activation.ts";
import {
  MAX_ROWS,
  ONCE,
  type ProductLoop,
  type ProductLoops,
  productMacs,
  startOf,
  tripsOf,
} from "./matrix_product.ts";

/** A product as its kernels see it; `x` and `y` are inputs 0 and 1 of the layer. */
export interface Product {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly output: Tensor;
  readonly loops: ProductLoops;
  readonly factor: FixedFactor;
  /** Sums are rounded once, not twice. */
  readonly rounding?: "once";
  readonly activation: Activation;
  /** Whether input 2 is an int32 bias, one for each column. */
  readonly bias?: boolean;
}

/** Loops around rows that the scalar kernels have; more become one call for each trip of the outer ones. */
export const PORTABLE_LEVELS = 3;

type Key = "x" | "y" | "output";

/** The position of the input that loops call `key`. */
export function inputOf({ loops }: Product, key: "x" | "y"): number {
  return (key === "x") === loops.exchanged ? 1 : 0;
}

/** What loops call the input at a position. */
export function keyOf({ loops }: Product, input: number): "x" | "y" {
  return (input === 0) === loops.exchanged ? "y" : "x";
}

/** The zero points of operands and output. */
export function zeroPointArguments(product: Product): Argument[] {
  const operands = [product.x, product.y];
  const zeroPoint = (key: "x" | "y") => {
    const operand = operands[inputOf(product, key)];
    return operand ? zeroPointOf(operand) : 0;
  };
  return [
    { name: "x_zero_point", literal: zeroPoint("x") },
    { name: "y_zero_point", literal: zeroPoint("y") },
    { name: "output_zero_point", literal: zeroPointOf(product.output) },
  ];
}

/** The arguments of a loop: its trips and the bytes between them. */
export function loopArguments(
  [name, trips]: readonly [string, string],
  loop: ProductLoop,
  keys: readonly Key[],
  bytes: number,
): Argument[] {
  const steps = keys.map((key): Argument => ({ name: `${key}_${name}`, literal: loop[key] * bytes }));
  return [{ name: trips, literal: loop.count }, ...steps];
}

/** Where the tensors start in each of the calls that `loops` come down to. */
export function tensorArguments(product: Product, loops: readonly ProductLoop[]): Argument[][] {
  const bytes = elementBytes(product.output.dtype);
  const operand = (key: "x" | "y", offset: number): Argument => {
    const input = inputOf(product, key);
    const { shape } = input === 0 ? product.x : product.y;
    return { name: key, input, offset: offset * bytes, note: dimensions(shape) };
  };
  return Array.from({ length: tripsOf(loops) }, (_, trip) => {
    const { x, y, output } = startOf(loops, trip);
    const note = dimensions(product.output.shape);
    return [operand("x", x), operand("y", y), { name: "output", output: 0, offset: output * bytes, note }];
  });
}

/** The arguments that say how sums become int8. */
function int8Arguments(product: Product, style: Style): Argument[] {
  const { min, max } = activationRange(product.activation, product.output);
  return [
    product.bias ? { name: "bias", input: 2 } : { name: "bias", literal: 0 },
    ...zeroPointArguments(product),
    { name: "multiplier", literal: product.factor.multiplier },
    { name: "shift", literal: product.factor.shift },
    { name: "once", literal: Number(product.rounding === "once") },
    { name: "activation_min", literal: min },
    { name: "activation_max", literal: max },
    { name: "tiled", literal: Number(!style.compact) },
  ];
}

function int16Arguments({ factor, activation, output }: Product): Argument[] {
  const { multiplier, exponent } = wideFactor(factor);
  const { min, max } = activationRange(activation, output);
  return [
    { name: "multiplier", literal: multiplier },
    { name: "exponent", literal: exponent },
    { name: "activation_min", literal: min },
    { name: "activation_max", literal: max },
  ];
}

/**
 * How far before operand `key` the output must start, in elements, so that no write meets what is still to be read: row after
 * row, column after column is written, each element when its sum is complete.
 */
export function overlapInOrder({ levels, columns }: ProductLoops, key: "x" | "y"): number | undefined {
  const rows = tripsOf(levels);
  if (rows > MAX_ROWS) return undefined;
  let distance = 0;
  // Backwards, so that `pending` is the lowest element that this row or a later one reads.
  let pending = Infinity;
  for (let row = rows - 1; row >= 0; row--) {
    const start = startOf(levels, row);
    pending = Math.min(pending, start[key]);
    const written = start.output + (columns.count - 1) * columns.output + 1;
    distance = Math.max(distance, written - pending);
  }
  return distance;
}

/** What `describe` makes of a layer that a variant fits. */
export function describedBy<A>(describe: (layer: Layer<A>) => Product | undefined) {
  return (layer: Layer<A>): Product => {
    const product = describe(layer);
    if (!product) throw new RangeError("the layer is no product of matrices, so this variant does not fit");
    return product;
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
      const product = productOf(layer);
      if (index > 1) return undefined;
      const distance = overlapInOrder(product.loops, keyOf(product, index));
      return distance === undefined ? undefined : distance * elementBytes(dtype);
    },
    calls(layer, _packed, style) {
      const product = productOf(layer);
      const { levels, columns, depth } = product.loops;
      const bytes = elementBytes(dtype);
      const [outer = ONCE, middle = ONCE, rows = ONCE] = [ONCE, ONCE, ONCE, ...levels].slice(
        -PORTABLE_LEVELS,
      );
      return tensorArguments(product, levels.slice(0, -PORTABLE_LEVELS)).map((tensors) => [
        ...tensors,
        ...loopArguments(["outer", "outer"], outer, ["x", "y", "output"], bytes),
        ...loopArguments(["middle", "middle"], middle, ["x", "y", "output"], bytes),
        ...loopArguments(["row", "rows"], rows, ["x", "y", "output"], bytes),
        ...loopArguments(["column", "columns"], columns, ["y", "output"], bytes),
        ...loopArguments(["depth", "depth"], depth, ["x", "y"], bytes),
        ...ends(product, style),
      ]);
    },
  });
  return [
    variant("batch_matmul_s8", "int8", int8Arguments),
    variant("batch_matmul_s16", "int16", int16Arguments),
  ];
}
