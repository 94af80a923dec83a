/** Packs int8 depthwise convolutions for the SIMD128 kernel that works row by row. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import { hasSimd } from "../../plan/target.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import type { ConvolutionAttributes } from "./convolution.ts";
import { type ConvolutionProblem, geometryArguments } from "./convolution_problem.ts";
import { fitsLanes, LANES, laneArguments, packLaneParameters } from "./convolution_simd128.ts";
import { COSTS, tilesOf } from "./depthwise_costs.ts";
import { distanceBehind } from "./window_overlap.ts";

type DepthwiseLayer = Layer<ConvolutionAttributes>;

/** Bytes that a column's tile of eight channels takes in a row of pairs. */
const COLUMN_BYTES = 32;

/** Columns that a step of the inner loop takes where pixels share them. */
const SHARED_COLUMNS = 3;

/** Whether pixels share the columns of their windows: neighbours are as far apart as those. */
function sharesColumns({ geometry: g, window: w }: ConvolutionProblem): boolean {
  return g.kernelWidth > 1 && w.strideWidth === 1 && w.dilationWidth === 1;
}

/** Pairs of the window's rows, and its columns, which are whole steps of the inner loop. */
function pairsOf(problem: ConvolutionProblem): { pairs: number; columns: number } {
  const { kernelHeight, kernelWidth } = problem.geometry;
  const columns = sharesColumns(problem)
    ? Math.ceil(kernelWidth / SHARED_COLUMNS) * SHARED_COLUMNS
    : kernelWidth;
  return { pairs: Math.ceil(kernelHeight / 2), columns };
}

/**
 * Tiles of eight channels: for each pair of the window's rows and each column the pairs of all eight; padded with zeros, which
 * stand above the first row of a window whose height is odd.
 */
function packTapPairs(problem: ConvolutionProblem): PackedConstant {
  const { kernelHeight, kernelWidth } = problem.geometry;
  const { pairs, columns } = pairsOf(problem);
  const taps = kernelHeight * kernelWidth;
  const tileBytes = pairs * columns * 2 * LANES;
  const bytes = new Uint8Array(tilesOf(problem) * tileBytes);
  for (let filter = 0; filter < problem.filters; filter++) {
    for (let tap = 0; tap < taps; tap++) {
      const row = Math.floor(tap / kernelWidth) + (kernelHeight % 2);
      const pair = Math.floor(row / 2) * columns + (tap % kernelWidth);
      const at = (pair * LANES + (filter % LANES)) * 2 + (row % 2);
      bytes[Math.floor(filter / LANES) * tileBytes + at] = problem.weights[filter * taps + tap] ?? 0;
    }
  }
  return { bytes, align: 16, role: "weights" };
}

/** Every so many rows start a pair that a window reads: the greatest common divisor of their distances. */
function rowStep({ geometry: g, window: w }: ConvolutionProblem): number {
  let [step, rest] = [2 * w.dilationHeight, g.outHeight > 1 ? w.strideHeight : 0];
  while (rest) [step, rest] = [rest, step % rest];
  return step;
}

/** Rows of pairs from the first that a window reads to the last, and columns of a row that any window sees. */
function windowRows(problem: ConvolutionProblem): { rows: number; pixels: number } {
  const { geometry: g, window: w } = problem;
  return {
    rows: ((pairsOf(problem).pairs - 1) * 2 * w.dilationHeight) / rowStep(problem) + 1,
    pixels: (g.outWidth - 1) * w.strideWidth + (g.kernelWidth - 1) * w.dilationWidth + 1,
  };
}

/** Runs of `depthwise_conv_2d_s8_simd128` (assembly/depthwise_conv_2d/simd128.ts). */
export function simd128Depthwise(
  problemOf: (layer: DepthwiseLayer) => ConvolutionProblem,
): KernelVariant<ConvolutionAttributes> {
  const multiplicityOf = ({ filters, geometry }: ConvolutionProblem) => filters / geometry.channels;
  return {
    name: "depthwise_conv_2d_s8_simd128",
    file: "depthwise_conv_2d/simd128",
    fits: (layer, target) => hasSimd(target) && fitsLanes(problemOf(layer)),
    cost(layer) {
      const problem = problemOf(layer);
      const { batches, outHeight, outWidth } = problem.geometry;
      const { pairs, columns } = pairsOf(problem);
      const { rows, pixels } = windowRows(problem);
      const filled = rows + ((outHeight - 1) * problem.window.strideHeight) / rowStep(problem);
      const outputs = outHeight * outWidth * (pairs * columns * COSTS.rowPair + COSTS.output);
      return batches * tilesOf(problem) * (outputs + filled * pixels * COSTS.column);
    },
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packTapPairs(problem), channel_parameters: packLaneParameters(problem) };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      const { kernelWidth } = problem.geometry;
      const { pairs, columns } = pairsOf(problem);
      const { rows, pixels } = windowRows(problem);
      const pointers = (pairs * columns) / (sharesColumns(problem) ? SHARED_COLUMNS : 1) + rows;
      const beyond = problem.window.strideWidth + columns - kernelWidth;
      return alignUp(4 * pointers, 16) + (rows * tilesOf(problem) * pixels + beyond) * COLUMN_BYTES;
    },
    // A row of output is written after the window's rows were read, of which the next ones read the last again; but for the
    // row of zero weights above a window.
    overlap(layer, index) {
      if (index !== 0) return undefined;
      const problem = problemOf(layer);
      const { geometry: g, window: w } = problem;
      const again = Math.max(g.kernelHeight - 2, 0) * w.dilationHeight + rowStep(problem);
      const firstRow = (y: number) =>
        Math.min(g.height, Math.max(0, (y - 1) * w.strideHeight - w.padTop + again));
      return distanceBehind(
        { ...g, width: 1, outWidth: 1, channels: g.width * g.channels },
        g.outWidth * problem.filters,
        (y) => [y === 0 ? 0 : firstRow(y), 0],
        { buffered: true },
      );
    },
    calls(layer) {
      const problem = problemOf(layer);
      return [
        [
          ...geometryArguments(problem, multiplicityOf(problem)),
          ...laneArguments(problem),
          { name: "row_step", literal: rowStep(problem) },
          { name: "shared", literal: Number(sharesColumns(problem)) },
          { name: "scratch", scratch: 0 },
        ],
      ];
    },
  };
}
