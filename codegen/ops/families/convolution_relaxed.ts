/** Packs convolutions and fully connected layers for the kernels of relaxed SIMD (assembly/relaxed_dot.ts says how). */

import { alignUp } from "../../graph/align.ts";
import { endsOf } from "../../graph/ends.ts";
import type { Layer } from "../../graph/graph.ts";
import { shapeText } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, PackedConstant } from "../descriptor.ts";
import {
  type ConvolutionProblem,
  filterDepth,
  flatProblemOf,
  geometryArguments,
  isDirect,
} from "./convolution_problem.ts";
import { fitsLanes, LANES, laneArguments, packLaneParameters } from "./convolution_simd128.ts";
import { overlapDistance } from "./window_overlap.ts";

/** Bytes that a patch is padded to. */
const VECTOR = 16;
/** Pixels that are computed together. */
const TILE = 4;
/** Bytes of channel parameters of 4 filters, without and with the corrections. */
const PARAMETERS = 48;
const CORRECTED = 64;

/** Bits of weights: 4 are int4, packed two a byte. */
type Bits = 4 | 7 | 8;
type Describe<A> = (layer: Layer<A>) => ConvolutionProblem | undefined;

/** The weights of one filter. */
function filterOf({ weights, filters }: ConvolutionProblem, filter: number): Int8Array {
  const depth = weights.length / filters;
  return weights.subarray(filter * depth, (filter + 1) * depth);
}

/** What the weights of a filter are raised by to lie within [0, 127], or [0, 15]. */
function raiseOf(problem: ConvolutionProblem, filter: number, bits: 4 | 7): number {
  if (bits === 4) return 8;
  const [least] = endsOf(filterOf(problem, filter));
  return Math.max(0, -least);
}

function fitsSeven(problem: ConvolutionProblem): boolean {
  return Array.from({ length: problem.filters }, (_, filter) => filter).every(
    (filter) => endsOf(filterOf(problem, filter))[1] + raiseOf(problem, filter, 7) <= 127,
  );
}

/** Whether no two neighbours are −128, whose products with −128 ARM cores without a dot product could not add. */
function fitsEight(problem: ConvolutionProblem): boolean {
  const depth = filterDepth(problem);
  return !problem.weights.some(
    (weight, at) => (at % depth) % 2 === 1 && weight === -128 && problem.weights[at - 1] === -128,
  );
}

function fitsBits(problem: ConvolutionProblem, bits: Bits): boolean {
  if (problem.int4 !== (bits === 4) || !fitsLanes({ ...problem, int4: false })) return false;
  return bits === 4 || (bits === 7 ? fitsSeven(problem) : fitsEight(problem));
}

/** A filter's weight at k as the kernels read it: raised where they have seven bits; 0 beyond depth and filters. */
function weightReader(problem: ConvolutionProblem, bits: Bits): (filter: number, k: number) => number {
  const depth = filterDepth(problem);
  const raises = Array.from({ length: problem.filters }, (_, filter) =>
    bits === 8 ? 0 : raiseOf(problem, filter, bits),
  );
  return (filter, k) =>
    filter < problem.filters && k < depth
      ? (problem.weights[filter * depth + k] ?? 0) + (raises[filter] ?? 0)
      : 0;
}

/** Tiles of 8 filters: for each `run` values of depth, which is padded to as many, those of filter 0 to 7 one after the other. */
function packRuns(problem: ConvolutionProblem, bits: Bits, run: number): PackedConstant {
  const weight = weightReader(problem, bits);
  const depth = alignUp(filterDepth(problem), run);
  const bytes = new Uint8Array(alignUp(problem.filters, LANES) * depth);
  let at = 0;
  for (let tile = 0; tile < problem.filters; tile += LANES) {
    for (let start = 0; start < depth; start += run) {
      for (let filter = tile; filter < tile + LANES; filter++) {
        for (let k = start; k < start + run; k++) bytes[at++] = weight(filter, k);
      }
    }
  }
  return { bytes: bits === 4 ? packHalfTiles(bytes, run) : bytes, align: 16, role: "weights" };
}

/** Puts the weights of the last four filters of a tile into the high halves of the first four's. */
function packHalfTiles(bytes: Uint8Array, run: number): Uint8Array {
  const half = (LANES / 2) * run;
  const packed = new Uint8Array(bytes.length / 2);
  for (let at = 0; at < packed.length; at++) {
    const from = Math.floor(at / half) * 2 * half + (at % half);
    packed[at] = (bytes[from] ?? 0) | ((bytes[from + half] ?? 0) << 4);
  }
  return packed;
}

/** `packLaneParameters` with int32 corrections[4] behind each tile of 4 filters. */
function packCorrected(problem: ConvolutionProblem, bits: Bits): PackedConstant {
  const plain = packLaneParameters(problem).bytes;
  const tiles = plain.length / PARAMETERS;
  const bytes = new Uint8Array(tiles * CORRECTED);
  for (let tile = 0; tile < tiles; tile++) {
    bytes.set(plain.subarray(tile * PARAMETERS, (tile + 1) * PARAMETERS), tile * CORRECTED);
  }
  const words = new Int32Array(bytes.buffer);
  for (let filter = 0; filter < problem.filters; filter++) {
    const correction =
      bits === 8
        ? -128 * filterOf(problem, filter).reduce((sum, weight) => sum + weight, 0)
        : -raiseOf(problem, filter, bits);
    words[(Math.floor(filter / 4) * CORRECTED + PARAMETERS) / 4 + (filter % 4)] = correction;
  }
  return { bytes, align: 16, role: "weights" };
}

function pixelsOf({ geometry: { batches, outHeight, outWidth } }: ConvolutionProblem): number {
  return batches * outHeight * outWidth;
}

/** Seven bits are preferred where the cost is the same otherwise: they run on more machines. */
const preference = (bits: Bits) => (bits === 8 ? 1 : 0.99);

const KERNELS: Readonly<Record<Bits, { readonly name: string; readonly file: string }>> = {
  4: { name: "s4_relaxed", file: "relaxed_s4" },
  7: { name: "s8_relaxed_7", file: "relaxed_7" },
  8: { name: "s8_relaxed", file: "relaxed" },
};

function convolution<A>(describe: Describe<A>, bits: Bits): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  return {
    name: `conv_2d_${KERNELS[bits].name}`,
    file: `conv_2d/${KERNELS[bits].file}`,
    dotBits: bits === 8 ? 8 : 7,
    fits(layer, target) {
      if (target.simd !== "relaxed") return false;
      const problem = describe(layer);
      return problem?.groups === 1 && fitsBits(problem, bits);
    },
    // Half of SIMD128's, but a tile is always computed whole.
    cost(layer) {
      const problem = problemOf(layer);
      const macs = alignUp(pixelsOf(problem), TILE) * problem.weights.length;
      return (macs / 4) * preference(bits);
    },
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packRuns(problem, bits, 4), channel_parameters: packCorrected(problem, bits) };
    },
    scratch(layer) {
      const problem = problemOf(layer);
      return Math.min(TILE, pixelsOf(problem)) * alignUp(filterDepth(problem), VECTOR) + VECTOR;
    },
    overlap(layer, index) {
      const { geometry, window, filters } = problemOf(layer);
      const options = { buffered: true, lookahead: TILE };
      return index === 0 ? overlapDistance(geometry, window, filters, options) : undefined;
    },
    calls(layer) {
      const problem = problemOf(layer);
      return [
        [
          ...geometryArguments(problem).filter(({ name }) => name !== "groups"),
          ...laneArguments(problem),
          { name: "direct", literal: Number(isDirect(problem)) },
          { name: "patch", scratch: 0 },
        ],
      ];
    },
  };
}

function fullyConnected<A>(describe: Describe<A>, bits: Bits): KernelVariant<A> {
  const problemOf = flatProblemOf(describe);
  return {
    name: `fully_connected_${KERNELS[bits].name}`,
    file: `fully_connected/${KERNELS[bits].file}`,
    dotBits: bits === 8 ? 8 : 7,
    fits(layer, target) {
      if (target.simd !== "relaxed") return false;
      const problem = describe(layer);
      return problem !== undefined && fitsBits(problem, bits);
    },
    // Weights are read once a row: more than the convolution does for four of them.
    cost: (layer) => pixelsOf(problemOf(layer)) * problemOf(layer).weights.length * 0.28 * preference(bits),
    pack(layer) {
      const problem = problemOf(layer);
      return { weights: packRuns(problem, bits, VECTOR), channel_parameters: packCorrected(problem, bits) };
    },
    scratch: (layer) => alignUp(filterDepth(problemOf(layer)), VECTOR),
    calls(layer) {
      const problem = problemOf(layer);
      const { filters, geometry } = problem;
      const call: Argument[] = [
        { name: "input", input: 0, note: shapeText(problem.input) },
        { name: "rows", literal: geometry.outWidth },
        { name: "depth", literal: geometry.channels },
        { name: "output", output: 0, note: shapeText(problem.output) },
        { name: "filters", literal: filters },
        { name: "weights", constant: "weights" },
        ...laneArguments(problem).filter(({ name }) => name !== "input_zero_point"),
        { name: "patch", scratch: 0 },
      ];
      return [call];
    },
  };
}

/** Runs of `conv_2d_s4_relaxed`, `conv_2d_s8_relaxed_7` and `conv_2d_s8_relaxed` for an operator that `describe` turns into a convolution. */
export function relaxedConvolutions<A>(describe: Describe<A>): KernelVariant<A>[] {
  return [convolution(describe, 4), convolution(describe, 7), convolution(describe, 8)];
}

/** Runs of `fully_connected_s4_relaxed`, `…_s8_relaxed_7` and `…_s8_relaxed`; `describe` gives a 1×1 convolution over a row of pixels. */
export function relaxedFullyConnected<A>(describe: Describe<A>): KernelVariant<A>[] {
  return [fullyConnected(describe, 4), fullyConnected(describe, 7), fullyConnected(describe, 8)];
}
