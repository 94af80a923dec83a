/** Packs convolutions for the kernel of interpreters that computes three pixels in the lanes of an i64. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { zeroPointOf } from "./activation.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flatProblemOf,
  geometryArguments,
  isDirect,
} from "./convolution_problem.ts";
import { fitsLane, fitsScaling, LANE_START, laneScalingArguments, packLaneScaling } from "./lanes.ts";
import { overlapDistance } from "./window_overlap.ts";

/** Pixels that are computed together. */
const PIXELS = 3;
/** Filters of a tile, and values that are multiplied in one round of its loop. */
const TILE = 4;
const SUM_BYTES = 8;

/** Whether the patches of all pixels are runs of the input at equal distances. */
function isRow(problem: ConvolutionProblem): boolean {
  const { batches, outHeight } = problem.geometry;
  return isDirect(problem) && batches * outHeight === 1;
}

/** The parts of the depth that are summed for themselves, so that no lane overflows: as few as can be. */
function partsOf(problem: ConvolutionProblem): { part: number; parts: number } {
  const depth = filterDepth(problem);
  const padded = alignUp(depth, TILE);
  for (let parts = 1; ; parts++) {
    const part = alignUp(Math.ceil(padded / parts), TILE);
    const fits = Array.from({ length: problem.filters }, (_, filter) => filter * depth).every((start) => {
      for (let k = 0; k < depth; k += part) {
        if (!fitsLane(problem.weights, start + k, start + Math.min(k + part, depth))) return false;
      }
      return true;
    });
    if (fits) return { part, parts: Math.ceil(padded / part) };
  }
}

/** Tiles of 4 filters, interleaved value by value; depth and filters are padded with zeros. */
function packTiles(problem: ConvolutionProblem): PackedConstant {
  const depth = filterDepth(problem);
  const padded = alignUp(depth, TILE);
  const bytes = new Uint8Array(alignUp(problem.filters, TILE) * padded);
  problem.weights.forEach((weight, at) => {
    const filter = Math.floor(at / depth);
    bytes[(Math.floor(filter / TILE) * padded + (at % depth)) * TILE + (filter % TILE)] = weight;
  });
  return { bytes, align: 1, role: "weights" };
}

/** Runs of `conv_2d_s8_lanes` (assembly/conv_2d/lanes.ts) for an operator that `describe` turns into a convolution. */
export function lanesConvolution<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  const startOf = (problem: ConvolutionProblem) => partsOf(problem).parts * LANE_START;
  return {
    name: "conv_2d_s8_lanes",
    file: "conv_2d/lanes",
    fits(layer, target) {
      const problem = describe(layer);
      if (!target.lanes || problem?.input.dtype !== "int8" || problem.int4) return false;
      return problem.groups === 1 && fitsScaling(problem, startOf(problem));
    },
    // In units of the scalar kernel's cost, 13 instructions of an interpreter: a weight's products, and a word's packing.
    cost(layer) {
      const problem = problemOf(layer);
      const { batches, outHeight, outWidth } = problem.geometry;
      const triples = batches * Math.ceil((outHeight * outWidth) / PIXELS);
      const depth = alignUp(filterDepth(problem), TILE);
      return triples * depth * (5 + 2.7 * alignUp(problem.filters, TILE));
    },
    pack(layer) {
      const problem = problemOf(layer);
      return {
        weights: packTiles(problem),
        channel_parameters: packLaneScaling(problem, startOf(problem)),
      };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      const depth = filterDepth(problem);
      const words = alignUp(depth, TILE) * SUM_BYTES + partsOf(problem).parts * TILE * SUM_BYTES;
      // Patches are written and read by words.
      return alignUp(words + (isRow(problem) ? 0 : PIXELS * depth + SUM_BYTES), 16);
    },
    stream(layer) {
      const unit = alignUp(filterDepth(problemOf(layer)), TILE) * TILE;
      return { constant: "weights", unit, others: [], rest: 0 };
    },
    overlap(layer, index) {
      const { geometry, window, filters } = problemOf(layer);
      return index === 0
        ? overlapDistance(geometry, window, filters, { buffered: true, lookahead: PIXELS })
        : undefined;
    },
    calls(layer) {
      const problem = problemOf(layer);
      const { part, parts } = partsOf(problem);
      const scaling = laneScalingArguments(problem);
      return [
        [
          ...geometryArguments(problem).filter(({ name }) => name !== "groups"),
          ...scaling.slice(0, 6),
          { name: "input_zero_point", literal: zeroPointOf(problem.input) },
          ...scaling.slice(6),
          { name: "direct", literal: Number(isRow(problem)) },
          { name: "part", literal: part },
          { name: "parts", literal: parts },
          { name: "scratch", scratch: 0 },
          { name: "piece", stream: "piece" },
          { name: "buffer", stream: "buffer" },
        ],
      ];
    },
  };
}
