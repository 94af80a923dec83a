/**
 * What a convolution costs with SIMD128, by kernel, from counts of what the kernel does: the plan takes the cheapest. The unit is
 * a dot product of eight values with its addition, out of registers. `npm run bench:costs` measures shapes, fits the
 * constants anew and prints both.
 */

import { alignUp } from "../../graph/align.ts";
import { type ConvolutionProblem, filterDepth, isDirect } from "./convolution_problem.ts";

/** Filters that are computed together, and values that are widened or transformed together. */
const LANES = 8;
/** Costs of kernels without such counts: a multiply-accumulate of the scalar convolution is 4. */
const SCALE = 4;

/** What the kernels do most, in the order of their counts. */
export interface KernelCost {
  readonly terms: readonly string[];
  /** Cost of one of each, in dot products. */
  readonly constants: readonly number[];
  counts(problem: ConvolutionProblem): readonly number[];
}

/** conv_2d_s8_simd128: tiles of four pixels and eight filters; a last one may have two. */
export const DIRECT: KernelCost = {
  terms: ["dot products", "tiles", "vectors widened", "runs widened"],
  constants: [1.07, 32, 3.5, 5],
  counts(problem) {
    const { batches, outHeight, outWidth, kernelHeight, kernelWidth, channels } = problem.geometry;
    const pixels = batches * outHeight * outWidth;
    const rest = pixels % 4;
    const tiles = Math.floor(pixels / 4) + (rest === 3 ? 1 : rest > 0 ? 0.5 : 0);
    const blocks = Math.ceil(problem.filters / LANES);
    const depth = filterDepth(problem);
    const rows = isDirect(problem)
      ? 1
      : kernelHeight * (problem.window.dilationWidth === 1 ? 1 : kernelWidth);
    const vectors = pixels * rows * Math.ceil(depth / rows / LANES);
    // 1×1 windows without strides are one run a tile.
    const whole = kernelHeight * kernelWidth === 1 && problem.window.strideWidth === 1 && channels % 2 === 0;
    return [tiles * blocks * alignUp(depth, 2) * 4, tiles * blocks, vectors, whole ? tiles : pixels * rows];
  },
};

/** conv_2d_s8_simd128_winograd: tiles of 2×2 pixels, four of them and eight filters together. */
export const WINOGRAD: KernelCost = {
  terms: ["dot products", "tiles", "vectors of input transformed", "vectors of filters transformed"],
  constants: [1.05, 260, 30, 55],
  counts(problem) {
    const { batches, outHeight, outWidth, channels } = problem.geometry;
    const rows = batches * Math.ceil(outHeight / 2);
    const tiles = Math.ceil(outWidth / 2);
    const vectors = Math.ceil(channels / LANES);
    const blocks = Math.ceil(problem.filters / LANES);
    const groups = rows * Math.ceil(tiles / 4) * blocks;
    const passes = Math.ceil(problem.filters / winogradChunk(channels, problem.filters));
    return [
      groups * 16 * 4 * vectors * LANES,
      groups,
      rows * (2 * tiles + 2) * vectors * passes,
      blocks * LANES * vectors,
    ];
  },
};

/** Bytes of transformed filters that are kept at a time, so that they stay in the processor's second cache. */
const FILTER_BYTES = 65536;

/** Filters whose transforms the kernel of Winograd's convolution keeps at a time: 32 bytes for each channel and filter. */
export function winogradChunk(channels: number, filters: number): number {
  const each = 32 * alignUp(channels, LANES);
  const most = Math.max(LANES, Math.floor(FILTER_BYTES / (each * LANES)) * LANES);
  return Math.min(alignUp(filters, LANES), most);
}

/** The cost of a kernel for a convolution, in the unit of `KernelVariant.cost`. */
export function costOf({ constants, counts }: KernelCost, problem: ConvolutionProblem): number {
  return SCALE * counts(problem).reduce((sum, count, term) => sum + count * (constants[term] ?? 0), 0);
}
