/** 3×3 convolutions with fewer products: packs and proves what the kernel of Winograd's F(2×2, 3×3) needs. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import { hasSimd } from "../../plan/target.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { costOf, WINOGRAD, winogradBuffers } from "./convolution_costs.ts";
import { type ConvolutionProblem, geometryArguments } from "./convolution_problem.ts";
import { fitsLanes, LANES, laneArguments, packLaneParameters, sumBound } from "./convolution_simd128.ts";

/** Taps of a filter, and places of a tile. */
const TAPS = 9;
const PLACES = 16;
/** Tiles that are multiplied together. */
const TILES = 4;
/** Bytes for sums: of four tiles at all places, and of the rows that they become. */
const SUM_BYTES = 2304;
/** Arguments that are the same for all layers that fit. */
const FIXED = /^(groups|kernel|stride|dilation)/;

/** Whether the kernel computes the convolution, and four times each sum stays within int32. */
function fitsWinograd(problem: ConvolutionProblem): boolean {
  const { geometry: g, window: w, groups } = problem;
  const plain = [w.strideHeight, w.strideWidth, w.dilationHeight, w.dilationWidth].every(
    (step) => step === 1,
  );
  const square = g.kernelHeight === 3 && g.kernelWidth === 3;
  const near = w.padTop <= 2 && w.padLeft <= 2;
  return groups === 1 && square && plain && near && fitsLanes(problem) && 4 * sumBound(problem) < 2 ** 31;
}

/** Tiles of eight filters: for each tap, for each pair of channels c, c + 1, the pairs of all eight; padded with zeros. */
function packTapPairs(problem: ConvolutionProblem): PackedConstant {
  const { channels } = problem.geometry;
  const depth = alignUp(channels, LANES);
  const bytes = new Uint8Array(alignUp(problem.filters, LANES) * TAPS * depth);
  problem.weights.forEach((weight, at) => {
    const filter = Math.floor(at / (TAPS * channels));
    const tap = Math.floor(at / channels) % TAPS;
    const channel = at % channels;
    const row = (Math.floor(filter / LANES) * TAPS + tap) * depth * LANES;
    bytes[row + (channel >> 1) * 2 * LANES + (filter % LANES) * 2 + (channel & 1)] = weight;
  });
  return { bytes, align: 16, role: "weights" };
}

function scratchBytes(problem: ConvolutionProblem): number {
  const { batches, width, channels, outWidth, outHeight } = problem.geometry;
  const depth = alignUp(channels, LANES);
  const { chunk, kept } = winogradBuffers(problem);
  const tiles = Math.ceil(outWidth / 2);
  const filters = 2 * PLACES * depth * chunk;
  const rows = 4 * (2 * tiles + 2) * 2 * depth;
  const maps = PLACES * alignUp(tiles, TILES) * 2 * depth;
  const tileRows = kept ? batches * Math.ceil(outHeight / 2) : 1;
  return filters + rows + tileRows * maps + SUM_BYTES + width * channels + LANES;
}

/** How far before the input the output must start: two rows are written when the four that they come from are read. */
function overlapOf({ geometry: g, window: w, filters }: ConvolutionProblem): number {
  let distance = 0;
  for (let batch = 0; batch < g.batches; batch++) {
    for (let y = 0; y < g.outHeight; y += 2) {
      const written = (batch * g.outHeight + Math.min(y + 2, g.outHeight)) * g.outWidth * filters;
      const row = y + 2 < g.outHeight ? Math.min(g.height, Math.max(0, y + 2 - w.padTop)) : g.height;
      const last = batch + 1 === g.batches && y + 2 >= g.outHeight;
      if (!last) distance = Math.max(distance, written - (batch * g.height + row) * g.width * g.channels);
    }
  }
  return distance;
}

/** Runs of `conv_2d_s8_simd128_winograd` for an operator that `problemOf` turns into a convolution. */
export function winogradConvolution<A>(problemOf: (layer: Layer<A>) => ConvolutionProblem): KernelVariant<A> {
  return {
    name: "conv_2d_s8_simd128_winograd",
    file: "conv_2d/simd128_winograd",
    fits: (layer, target) => hasSimd(target) && fitsWinograd(problemOf(layer)),
    cost: (layer) => costOf(WINOGRAD, problemOf(layer)),
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packTapPairs(problem), channel_parameters: packLaneParameters(problem) };
    },
    scratch: (layer) => scratchBytes(problemOf(layer)),
    overlap(layer, index) {
      const problem = problemOf(layer);
      const { chunk, kept } = winogradBuffers(problem);
      const once = kept || chunk >= problem.filters;
      return index === 0 && once ? overlapOf(problem) : undefined;
    },
    calls(layer) {
      const problem = problemOf(layer);
      const { chunk, kept } = winogradBuffers(problem);
      return [
        [
          ...geometryArguments(problem).filter(({ name }) => !FIXED.test(name)),
          ...laneArguments(problem),
          { name: "chunk", literal: chunk },
          { name: "kept", literal: Number(kept) },
          { name: "scratch", scratch: 0 },
        ],
      ];
    },
  };
}
