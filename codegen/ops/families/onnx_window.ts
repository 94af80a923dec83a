/** Windows that move over ONNX's channels-first maps of one or two dimensions: convolutions and pools. */

import { require } from "../../error.ts";
import type { Groups } from "../../graph/layout.ts";
import { dimensions } from "../../graph/tensor.ts";
import type { OnnxNode } from "../onnx_spelling.ts";

/** Sizes by spatial dimension, two of them: a map of one dimension is one row. */
export interface OnnxWindow {
  readonly kernel: readonly [height: number, width: number];
  readonly strides: readonly [number, number];
  readonly dilations: readonly [number, number];
  /** Cells before and after. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  /** Size of the result. */
  readonly output: readonly [height: number, width: number];
}

const MAX_STRIDE = 1024;
const MAX_WINDOW = 4096;

/** How a channels-first activation of `rank` dimensions lies in memory: batch, height, width, channels. */
export function channelsLast(rank: number): Groups {
  return rank === 3 ? [[0], [], [2], [1]] : [[0], [2], [3], [1]];
}

/** The file's shape of a result with these channels. */
export function windowShape(
  node: OnnxNode,
  { output }: Pick<OnnxWindow, "output">,
  channels: number,
): number[] {
  const input = node.inputs[0]?.shape ?? [];
  return [input[0] ?? 1, channels, ...output.slice(4 - input.length)];
}

/** Sizes among the options of a node, `least` where they are left out. Throws an `OperatorFault` on others. */
export function sizesOption(
  node: OnnxNode,
  name: string,
  count: number,
  { least, most }: { readonly least: number; readonly most: number },
): readonly number[] {
  const values = node.integers(name) ?? new Array<number>(count).fill(least);
  require(values.length === count && values.every((value) => value >= least && value <= most), () =>
    `expects ${count} ${name} from ${least} to ${most}, found ${values.join(" ")}. The file may be damaged; re-export it.`);
  return values;
}

/** Sizes of a map of `rank` dimensions as those of two: a map of one dimension is one row, of size `fallback`. */
export function twoSizes(
  rank: number,
  values: readonly number[],
  fallback: number,
): readonly [number, number] {
  const [first = fallback, second = fallback] = rank === 1 ? [fallback, ...values] : values;
  return [first, second];
}

/**
 * The window of a node whose kernel has these sizes. `ceil` rounds the size of the result up. Throws an `OperatorFault` on
 * sizes that no exporter writes and on maps of three dimensions.
 */
export function onnxWindow(node: OnnxNode, kernel: readonly number[], ceil = false): OnnxWindow {
  const input = node.inputs[0]?.shape ?? [];
  const rank = input.length - 2;
  require(rank === 1 || rank === 2, () =>
    `expects an input of 3 or 4 dimensions, found ${dimensions(input)}. Mote has no windows over volumes.`);
  require(kernel.length === rank && kernel.every((size) => size >= 1 && size <= MAX_WINDOW), () =>
    `expects a window of ${rank} sizes from 1 to ${MAX_WINDOW}, found ${dimensions(kernel)}. The file may be damaged; re-export it.`);
  const list = (name: string, count: number, least: number, most: number) =>
    sizesOption(node, name, count, { least, most });
  const strides = list("strides", rank, 1, MAX_STRIDE);
  const dilations = list("dilations", rank, 1, MAX_STRIDE);
  const pads = list("pads", 2 * rank, 0, MAX_WINDOW);
  const sizes = kernel.map((size, d) => {
    const map = input[d + 2] ?? 1;
    const stride = strides[d] ?? 1;
    const span = (size - 1) * (dilations[d] ?? 1) + 1;
    const [before, after] = padding(node.text("auto_pad", "NOTSET"), map, span, stride, [
      pads[d] ?? 0,
      pads[rank + d] ?? 0,
    ]);
    const steps = (map + before + after - span) / stride;
    let output = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    // A window that starts behind the map and its padding before doesn't count.
    if (ceil && (output - 1) * stride >= map + before) output -= 1;
    require(steps >= 0 && output >= 1, () =>
      `expects a window that fits its map, found ${span} over ${map} with paddings ${before} and ${after}. The file may be damaged; re-export it.`);
    return { before, after, output };
  });
  const two = (values: readonly number[], fallback: number) => twoSizes(rank, values, fallback);
  return {
    kernel: two(kernel, 1),
    strides: two(strides, 1),
    dilations: two(dilations, 1),
    before: two(
      sizes.map(({ before }) => before),
      0,
    ),
    after: two(
      sizes.map(({ after }) => after),
      0,
    ),
    output: two(
      sizes.map(({ output }) => output),
      1,
    ),
  };
}

/** The cells before and after a map along one dimension. */
function padding(
  auto: string,
  map: number,
  span: number,
  stride: number,
  explicit: readonly [number, number],
): readonly [number, number] {
  if (auto === "NOTSET" || auto === "") return explicit;
  if (auto === "VALID") return [0, 0];
  require(auto === "SAME_UPPER" || auto === "SAME_LOWER", () =>
    `expects auto_pad NOTSET, VALID, SAME_UPPER or SAME_LOWER, found ${auto}. The file may be damaged; re-export it.`);
  const total = Math.max(0, (Math.ceil(map / stride) - 1) * stride + span - map);
  const less = Math.floor(total / 2);
  return auto === "SAME_UPPER" ? [less, total - less] : [total - less, less];
}
