/** Packs fully connected layers of few rows for the kernel of interpreters: nine weights of 7 bits in an i64. */

import { alignUp } from "../../graph/align.ts";
import type { Layer } from "../../graph/graph.ts";
import { shapeText } from "../../graph/tensor.ts";
import type { KernelVariant, PackedConstant } from "../descriptor.ts";
import { type ConvolutionProblem, filterDepth, flatProblemOf } from "./convolution_problem.ts";
import { fitsScaling, LANE_START, laneScalingArguments, packLaneScaling } from "./lanes.ts";

/** Filters of a tile, in four words of three lanes. */
const TILE = 12;
const LANES = 3;
const LANE_BITS = 21;
/** Values of the depth whose weights share a word. */
const FIELDS = 3;
const FIELD_BITS = 7;
const WORD_BYTES = 8;
/** What fields hold more than weights. */
const EXCESS = 64;
/** Indices of the depth that a correction can name, and corrections that a tile can have. */
const MAX_DEPTH = 4096;
const MAX_CORRECTIONS = 255;
const CORRECTION_BYTES = 3;

/** Bytes of corrections that a buffer holds, if not all. */
const HELD_CORRECTIONS = 15 * CORRECTION_BYTES;
/** The arrays of `packLaneScaling`, those that are there: where they start, and bytes of a value, both for one filter. */
const PARAMETER_ARRAYS = [
  { start: 0, size: 4 },
  { start: 4, size: 4 },
  { start: 8, size: 1 },
];

/** A layer of fewer weights gains less than the kernel's code costs. */
const LEAST_WEIGHTS = 1024;
/** Packed bytes a weight: fewer than one in most layers, unless filters or depth fill few of their tiles. */
const MOST_BYTES = 1.1;
const SPARE_BYTES = 512;

/** What 7 bits hold of a weight. */
function held(weight: number): number {
  return Math.max(-EXCESS, Math.min(EXCESS - 1, weight));
}

function tilesOf({ filters }: ConvolutionProblem): number {
  return Math.ceil(filters / TILE);
}

function weightAt(problem: ConvolutionProblem, filter: number, k: number): number {
  return problem.weights[filter * filterDepth(problem) + k] ?? 0;
}

/** The corrections of every tile: filter of the tile, index and what its field lacks. */
function correctionsOf(problem: ConvolutionProblem): (readonly [lane: number, k: number, rest: number])[][] {
  const depth = filterDepth(problem);
  const tiles: (readonly [number, number, number])[][] = Array.from({ length: tilesOf(problem) }, () => []);
  problem.weights.forEach((weight, at) => {
    const filter = Math.floor(at / depth);
    const rest = weight - held(weight);
    if (rest !== 0) tiles[Math.floor(filter / TILE)]?.push([filter % TILE, at % depth, rest]);
  });
  return tiles;
}

/** Bytes of the scaling of a filter. */
function parameterBytes(problem: ConvolutionProblem): number {
  return packLaneScaling(problem, 0).bytes.length / problem.filters;
}

/** What a tile's filters need besides weights, tile by tile: arrays of their parameters, and the corrections. */
function packTiles(problem: ConvolutionProblem): PackedConstant {
  const { bytes: scaling } = packLaneScaling(problem, 0);
  const { filters } = problem;
  const bytes = correctionsOf(problem).flatMap((corrections, tile) => {
    const first = tile * TILE;
    const count = Math.min(TILE, filters - first);
    const parameters = PARAMETER_ARRAYS.flatMap(({ start, size }) => [
      ...scaling.subarray(filters * start + first * size, filters * start + (first + count) * size),
    ]);
    const fields = corrections.flatMap(([lane, k, rest]) => [k & 255, (k >> 8) | (lane << 4), rest & 255]);
    return [...parameters, corrections.length, ...fields];
  });
  return { bytes: Uint8Array.from(bytes), align: 1, role: "weights" };
}

/** Bytes of a tile, without its weights, that a buffer holds at once. */
function recordBytes(problem: ConvolutionProblem): number {
  const most = Math.max(...correctionsOf(problem).map(({ length }) => length));
  return TILE * parameterBytes(problem) + 1 + Math.min(most * CORRECTION_BYTES, HELD_CORRECTIONS);
}

function packFields(problem: ConvolutionProblem): PackedConstant {
  const depth = filterDepth(problem);
  const words = Math.ceil(depth / FIELDS);
  const perTile = TILE / LANES;
  const bytes = new Uint8Array(tilesOf(problem) * words * perTile * WORD_BYTES);
  const view = new DataView(bytes.buffer);
  problem.weights.forEach((weight, at) => {
    const [filter, k] = [Math.floor(at / depth), at % depth];
    const lane = filter % TILE;
    const word =
      (Math.floor(filter / TILE) * words + Math.floor(k / FIELDS)) * perTile + Math.floor(lane / LANES);
    const bit = BigInt(LANE_BITS * (lane % LANES) + FIELD_BITS * (k % FIELDS));
    const value = view.getBigUint64(word * WORD_BYTES, true) | (BigInt(held(weight) + EXCESS) << bit);
    view.setBigUint64(word * WORD_BYTES, value, true);
  });
  return { bytes, align: 8, role: "weights" };
}

/** The values whose products may be added up before a lane overflows: as many as can be, a multiple of a word's. */
function partOf(problem: ConvolutionProblem): number {
  const depth = filterDepth(problem);
  const fits = (part: number) => {
    for (let filter = 0; filter < problem.filters; filter++) {
      for (let start = 0; start < depth; start += part) {
        let sum = 0;
        for (let k = start; k < Math.min(start + part, depth); k++) {
          sum += held(weightAt(problem, filter, k)) + EXCESS;
        }
        if (128 * sum >= LANE_START) return false;
      }
    }
    return true;
  };
  let part = alignUp(depth, FIELDS);
  for (let parts = 2; !fits(part); parts++) part = alignUp(Math.ceil(depth / parts), FIELDS);
  return part;
}

/** Runs of `fully_connected_s8_lanes`; `describe` gives a 1×1 convolution over a row of pixels. */
export function lanesFullyConnected<A>(
  describe: (layer: Layer<A>) => ConvolutionProblem | undefined,
): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  return {
    name: "fully_connected_s8_lanes",
    file: "fully_connected/lanes",
    fits(layer, target) {
      const problem = describe(layer);
      if (!target.lanes || problem?.input.dtype !== "int8" || problem.int4) return false;
      const corrections = correctionsOf(problem);
      const count = corrections.reduce((sum, { length }) => sum + length, 0);
      const bytes = packFields(problem).bytes.length + CORRECTION_BYTES * count + corrections.length;
      return (
        filterDepth(problem) <= MAX_DEPTH &&
        corrections.every(({ length }) => length <= MAX_CORRECTIONS) &&
        problem.weights.length >= LEAST_WEIGHTS &&
        // Not at the expense of flash.
        bytes <= problem.weights.length * MOST_BYTES + SPARE_BYTES &&
        fitsScaling(problem, 0)
      );
    },
    // In units of the scalar kernel's cost, 13 instructions of an interpreter: three values of a tile, and a correction.
    cost(layer) {
      const problem = problemOf(layer);
      const words = tilesOf(problem) * Math.ceil(filterDepth(problem) / FIELDS);
      const corrections = correctionsOf(problem).flat().length;
      return problem.geometry.outWidth * (words * 42 + corrections * 8);
    },
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packFields(problem), tiles: packTiles(problem) };
    },
    scratch: () => TILE * WORD_BYTES,
    stream(layer) {
      const unit = (TILE / LANES) * WORD_BYTES;
      return { constant: "weights", unit, others: ["tiles"], rest: recordBytes(problemOf(layer)) };
    },
    calls(layer) {
      const problem = problemOf(layer);
      return [
        [
          { name: "input", input: 0, note: shapeText(problem.input) },
          { name: "rows", literal: problem.geometry.outWidth },
          { name: "depth", literal: problem.geometry.channels },
          { name: "output", output: 0, note: shapeText(problem.output) },
          { name: "filters", literal: problem.filters },
          { name: "weights", constant: "weights" },
          { name: "tiles", constant: "tiles" },
          ...laneScalingArguments(problem).slice(1),
          { name: "part", literal: partOf(problem) },
          { name: "sums", scratch: 0 },
          { name: "piece", stream: "piece" },
          { name: "record", literal: recordBytes(problem) },
          { name: "buffer", stream: "buffer" },
        ],
      ];
    },
  };
}
