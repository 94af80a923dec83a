/** Packs int8 depthwise convolutions for the SIMD128 kernel, which reads its window row by row. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import { hasSimd } from "../../plan/target.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { type ConvolutionAttributes, isPadded } from "./convolution.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  geometryArguments,
  problemMacs,
} from "./convolution_problem.ts";
import { fitsLanes, LANES, laneArguments, packLaneParameters } from "./convolution_simd128.ts";
import { distanceBehind } from "./window_overlap.ts";

type DepthwiseLayer = Layer<ConvolutionAttributes>;

/** The pairs of taps of depthwise_row_3x3; its last tap is alone. */
const SHARED_PAIRS = [0, 3, 1, 4, 2, 5, 6, 7, 8];

/** Whether pixels share columns of a 3×3 window: neighbours are as far apart as its columns. */
function sharesColumns({ geometry: g, window: w }: ConvolutionProblem): boolean {
  return g.kernelHeight === 3 && g.kernelWidth === 3 && w.strideWidth === w.dilationWidth;
}

/** Tiles of eight channels: for each pair of taps the pairs of all eight; padded with zeros. */
function packTapPairs(problem: ConvolutionProblem): PackedConstant {
  const taps = filterDepth(problem);
  const order = sharesColumns(problem) ? SHARED_PAIRS : Array.from({ length: taps }, (_, tap) => tap);
  const bytes = new Uint8Array(alignUp(problem.filters, LANES) * alignUp(taps, 2));
  for (let filter = 0; filter < problem.filters; filter++) {
    const tile = Math.floor(filter / LANES) * LANES * alignUp(taps, 2);
    order.forEach((tap, at) => {
      const pair = tile + (Math.floor(at / 2) * LANES + (filter % LANES)) * 2;
      bytes[pair + (at % 2)] = problem.weights[filter * taps + tap] ?? 0;
    });
  }
  return { bytes, align: 16, role: "weights" };
}

/** Rows of input from the first that a window sees to the last, and pixels of a row that any window sees. */
function windowRows({ geometry: g, window: w }: ConvolutionProblem): { rows: number; pixels: number } {
  return {
    rows: (g.kernelHeight - 1) * w.dilationHeight + 1,
    pixels: (g.outWidth - 1) * w.strideWidth + (g.kernelWidth - 1) * w.dilationWidth + 1,
  };
}

/** Runs of `depthwise_conv_2d_s8_simd128` (assembly/depthwise_conv_2d/simd128.ts). */
export function simd128Depthwise(
  problemOf: (layer: DepthwiseLayer) => ConvolutionProblem,
): KernelVariant<ConvolutionAttributes> {
  const multiplicityOf = ({ filters, geometry }: ConvolutionProblem) => filters / geometry.channels;
  const isBuffered = (problem: ConvolutionProblem) => isPadded(problem.window) || multiplicityOf(problem) > 1;
  return {
    name: "depthwise_conv_2d_s8_simd128",
    file: "depthwise_conv_2d/simd128",
    fits: (layer, target) => hasSimd(target) && fitsLanes(problemOf(layer)),
    // Products of whole tiles, and the rounding of their sums.
    cost(layer) {
      const problem = problemOf(layer);
      const lanes = alignUp(problem.filters, LANES) / problem.filters;
      const products = problemMacs(problem);
      return lanes * (products * 0.25 + (products / filterDepth(problem)) * 2);
    },
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packTapPairs(problem), channel_parameters: packLaneParameters(problem) };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      const { rows, pixels } = windowRows(problem);
      const pointers = 4 * (alignUp(filterDepth(problem), 2) + rows);
      return pointers + (isBuffered(problem) ? rows * pixels * problem.filters + LANES : 0);
    },
    // A row of output is written while the window's rows are read, or after all of them were copied: but for the first
    // row those are only its last ones.
    overlap(layer, index) {
      if (index !== 0) return undefined;
      const problem = problemOf(layer);
      const { geometry: g, window: w } = problem;
      const buffered = isBuffered(problem);
      const copied = windowRows(problem).rows - w.padTop - w.strideHeight;
      const firstRow = (y: number) =>
        Math.min(g.height, Math.max(0, y * w.strideHeight + (buffered ? copied : -w.padTop)));
      return distanceBehind(
        { ...g, width: 1, outWidth: 1, channels: g.width * g.channels },
        g.outWidth * problem.filters,
        (y) => [y === 0 ? 0 : firstRow(y), 0],
        { buffered },
      );
    },
    calls(layer) {
      const problem = problemOf(layer);
      return [
        [
          ...geometryArguments(problem, multiplicityOf(problem)),
          ...laneArguments(problem),
          { name: "buffered", literal: Number(isBuffered(problem)) },
          { name: "shared", literal: Number(sharesColumns(problem)) },
          { name: "scratch", scratch: 0 },
        ],
      ];
    },
  };
}
