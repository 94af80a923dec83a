/** Packs depthwise convolutions for the kernel of interpreters that computes three output rows in the lanes of an i64. */

import { alignUp } from "../../graph/align.ts";
import type { KernelVariant, Layer } from "../descriptor.ts";
import { zeroPointOf } from "./activation.ts";
import { type ConvolutionProblem, geometryArguments } from "./convolution_problem.ts";
import { fitsScaling, LANE_START, laneScalingArguments, packLaneScaling } from "./lanes.ts";
import { distanceBehind } from "./window_overlap.ts";

const ROWS = 3;
const SIDE = 3;

/** Input rows that three output rows see; copied where these may overwrite what the next ones see, as a stride of 1 makes likely. */
function keptRows({ window }: ConvolutionProblem): number {
  return window.strideHeight === 1 ? ROWS - 1 + SIDE : 0;
}

/** Arguments of every convolution that this kernel has no use for. */
const FIXED = new Set([
  "filters",
  "groups",
  "kernel_height",
  "kernel_width",
  "dilation_height",
  "dilation_width",
]);

/** Runs of `depthwise_conv_2d_s8_lanes` for an operator that `describe` turns into a convolution of a group a channel. */
export function lanesDepthwise<A>(describe: (layer: Layer<A>) => ConvolutionProblem): KernelVariant<A> {
  return {
    name: "depthwise_conv_2d_s8_lanes",
    file: "depthwise_conv_2d/lanes",
    fits(layer, target) {
      const problem = describe(layer);
      const { geometry: g, window: w, filters, groups } = problem;
      return (
        target.lanes &&
        problem.input.dtype === "int8" &&
        !problem.int4 &&
        filters === groups &&
        g.kernelHeight === SIDE &&
        g.kernelWidth === SIDE &&
        w.strideHeight <= 2 &&
        w.strideWidth <= 2 &&
        w.dilationHeight === 1 &&
        w.dilationWidth === 1 &&
        // Nine products of any int8 stay within a lane.
        fitsScaling(problem, LANE_START)
      );
    },
    // In units of the scalar convolution's cost, 13 instructions of an interpreter: a column, and a channel of a band.
    cost(layer) {
      const { geometry: g, window: w, filters } = describe(layer);
      const bands = g.batches * Math.ceil(g.outHeight / ROWS);
      const columns = (g.outWidth - 1) * w.strideWidth + SIDE;
      return bands * filters * (columns * 35 + g.outWidth * 18 + 30);
    },
    pack(layer) {
      const problem = describe(layer);
      const bytes = new Uint8Array(
        problem.weights.buffer,
        problem.weights.byteOffset,
        problem.weights.length,
      );
      return {
        weights: { bytes, align: 1, role: "weights" },
        channel_parameters: packLaneScaling(problem, LANE_START),
      };
    },
    scratch(layer) {
      const problem = describe(layer);
      const { width, channels } = problem.geometry;
      return alignUp((1 + keptRows(problem)) * width * channels, 16);
    },
    overlap(layer, index) {
      const problem = describe(layer);
      const { geometry: g, window: w, filters } = problem;
      const kept = keptRows(problem);
      // A band of output rows is written after its input was read, or while it is; then only rows beyond what is kept are new.
      const firstRow = (band: number) =>
        Math.max(0, band * ROWS * w.strideHeight - w.padTop + (band > 0 && kept > 0 ? SIDE - 1 : 0));
      const bands = { ...g, outHeight: Math.ceil(g.outHeight / ROWS), outWidth: 1 };
      const origin = (band: number) => [firstRow(band), 0] as const;
      const options = { buffered: kept > 0 };
      return index === 0 ? distanceBehind(bands, ROWS * g.outWidth * filters, origin, options) : undefined;
    },
    calls(layer) {
      const problem = describe(layer);
      const scaling = laneScalingArguments(problem);
      return [
        [
          ...geometryArguments(problem).filter(({ name }) => !FIXED.has(name)),
          ...scaling.slice(0, 6),
          { name: "input_zero_point", literal: zeroPointOf(problem.input) },
          ...scaling.slice(6),
          { name: "kept", literal: keptRows(problem) },
          { name: "scratch", scratch: 0 },
        ],
      ];
    },
  };
}
