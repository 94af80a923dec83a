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
    const { chunk, kept } = winogradBuffers(problem);
    const passes = kept ? 1 : Math.ceil(problem.filters / chunk);
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

/** Int16 values of a window's transform, in bytes, by channels. */
const TRANSFORM_BYTES = 32;

/** What the kernel of Winograd's convolution keeps of its transforms. */
export interface WinogradBuffers {
  /** Filters at a time. */
  readonly chunk: number;
  /** Whether the whole input is kept, so that it is transformed once, not again for each chunk. */
  readonly kept: boolean;
}

/** All filters where they are few enough, else as many as fit; or few of them and the whole input, where that takes less. */
export function winogradBuffers({ geometry: g, filters }: ConvolutionProblem): WinogradBuffers {
  const each = TRANSFORM_BYTES * alignUp(g.channels, LANES);
  const most = Math.max(LANES, Math.floor(FILTER_BYTES / (each * LANES)) * LANES);
  if (alignUp(filters, LANES) <= most) return { chunk: alignUp(filters, LANES), kept: false };
  const rows = g.batches * Math.ceil(g.outHeight / 2);
  const rowBytes = each * alignUp(Math.ceil(g.outWidth / 2), 4);
  const kept = LANES * each + rows * rowBytes <= most * each + rowBytes;
  return { chunk: kept ? LANES : most, kept };
}

/** The cost of a kernel for a convolution, in the unit of `KernelVariant.cost`. */
export function costOf({ constants, counts }: KernelCost, problem: ConvolutionProblem): number {
  return SCALE * counts(problem).reduce((sum, count, term) => sum + count * (constants[term] ?? 0), 0);
}
