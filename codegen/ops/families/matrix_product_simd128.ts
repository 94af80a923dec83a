/** Products of int8 matrices with SIMD128, and the proof that their 32-bit lanes are exact. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import { hasSimd } from "../../plan/target.ts";
import type { Argument, KernelVariant, PackedConstant } from "../descriptor.ts";
import { activationRange } from "./activation.ts";
import {
  callsBeyond,
  MAX_ROWS,
  ONCE,
  type ProductLoop,
  productMacs,
  startOf,
  tripsOf,
} from "./matrix_product.ts";
import {
  describedBy,
  keyOf,
  loopArguments,
  type Product,
  tensorArguments,
  zeroPointArguments,
} from "./matrix_product_variants.ts";

/** Columns of a tile, and values that rows are padded to. */
const LANES = 8;
/** Rows that are computed together. */
const ROWS = 2;
const TAIL_BYTES = 16;
/** Loops over matrices that the kernel has. */
const LEVELS = 2;

/** The kernel's loops: it copies a whole y, then runs over the rows of x, so rows are the innermost loop. */
function loopsOf({ loops: { levels, ...inner } }: Product): {
  readonly batches: readonly ProductLoop[];
  readonly rows: ProductLoop;
  readonly columns: ProductLoop;
  readonly depth: ProductLoop;
} {
  const most = levels.reduce((best, { y, count }) => (y === 0 ? Math.max(best, count) : best), 1);
  const rows = levels.find(({ y, count }) => y === 0 && count === most);
  return { ...inner, batches: levels.filter((level) => level !== rows), rows: rows ?? ONCE };
}

/**
 * The exponent of the lanes' shift: 0 where 32 bits can't hold it, `undefined` where the lanes' arithmetic is not exact at
 * all, since the shift does not go right; negative where sums are rounded once.
 */
function laneExponent({ loops, rounding, factor: { multiplier, shift } }: Product): number | undefined {
  if (multiplier !== 0 && shift >= 0) return undefined;
  const exponent = multiplier === 0 ? 1 : -shift;
  if (rounding === "once") return -exponent;
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

/**
 * How far before operand `key` the output must start so that no write meets what is still to be read: a whole y is copied
 * before any of its columns is written, a pair of rows of x before what they give is.
 */
function overlapPacked(product: Product, key: "x" | "y"): number | undefined {
  const { batches, rows, columns } = loopsOf(product);
  const matrices = tripsOf(batches);
  if (matrices * rows.count > MAX_ROWS) return undefined;
  const lastColumn = (columns.count - 1) * columns.output;
  let distance = 0;
  // Backwards, so that `pending` is the lowest element that is read after these rows are written.
  let pending = Infinity;
  for (let matrix = matrices - 1; matrix >= 0; matrix--) {
    const start = startOf(batches, matrix);
    const lastPair = Math.floor((rows.count - 1) / ROWS) * ROWS;
    for (let row = lastPair; row >= 0; row -= ROWS) {
      const last = Math.min(row + ROWS, rows.count) - 1;
      const written = start.output + last * rows.output + lastColumn + 1;
      if (pending !== Infinity) distance = Math.max(distance, written - pending);
      if (key === "x") pending = Math.min(pending, start.x + row * rows.x);
    }
    if (key === "y") pending = Math.min(pending, start.y);
  }
  return distance;
}

/** The kernel of SIMD128 (assembly/batch_matmul/simd128.ts) for a layer that `describe` turns into a product. */
export function simd128Product<A>(describe: (layer: Layer<A>) => Product | undefined): KernelVariant<A> {
  const productOf = describedBy(describe);
  return {
    name: "batch_matmul_s8_simd128",
    file: "batch_matmul/simd128",
    fits(layer, target) {
      const product = describe(layer);
      if (!hasSimd(target) || product?.output.dtype !== "int8" || product.bias) return false;
      return laneExponent(product) !== undefined && callsBeyond(loopsOf(product).batches, LEVELS) === 1;
    },
    // Copying what is multiplied costs a few cycles for each value; then a dot product takes eight at once.
    cost(layer) {
      const product = productOf(layer);
      const { rows, columns, depth } = loopsOf(product);
      const matrices = productMacs(product.loops) / (rows.count * columns.count * depth.count);
      const lanes = alignUp(rows.count, ROWS) * alignUp(columns.count, LANES) * alignUp(depth.count, LANES);
      return matrices * (2 * depth.count * (rows.count + columns.count) + lanes / 2);
    },
    pack: (layer) => ({ parameters: laneParameters(productOf(layer)) }),
    scratch(layer) {
      const { depth, columns } = productOf(layer).loops;
      return TAIL_BYTES + alignUp(depth.count, LANES) * 2 * (ROWS + alignUp(columns.count, LANES));
    },
    overlap(layer, index) {
      const product = productOf(layer);
      return overlapPacked(product, keyOf(product, index));
    },
    calls(layer) {
      const product = productOf(layer);
      const { min, max } = activationRange(product.activation, product.output);
      const { batches, rows, columns, depth } = loopsOf(product);
      const [outer = ONCE, inner = ONCE] = [ONCE, ONCE, ...batches].slice(-LEVELS);
      return tensorArguments(product, []).map((tensors): Argument[] => [
        ...tensors,
        ...loopArguments(["outer", "outer"], outer, ["x", "y", "output"], 1),
        ...loopArguments(["batch", "batches"], inner, ["x", "y", "output"], 1),
        ...loopArguments(["row", "rows"], rows, ["x", "output"], 1),
        ...loopArguments(["column", "columns"], columns, ["y", "output"], 1),
        ...loopArguments(["depth", "depth"], depth, ["x", "y"], 1),
        ...zeroPointArguments(product),
        { name: "parameters", constant: "parameters" },
        { name: "uniform_exponent", literal: laneExponent(product) ?? 0 },
        { name: "activation_min", literal: min },
        { name: "activation_max", literal: max },
        { name: "scratch", scratch: 0 },
      ]);
    },
  };
}
