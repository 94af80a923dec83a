/** ONNX's ConvTranspose. */

import { require } from "../../error.ts";
import { dimensions, shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { inputShape } from "./onnx_shapes.ts";
import { onnxBias, onnxWeights, weightsOperand } from "./onnx_weights.ts";
import { channelsLast, type OnnxWindow, sizesOption, twoSizes, windowShape } from "./onnx_window.ts";
import type { TransposeConvAttributes } from "./transpose_conv_kernels.ts";

interface Geometry extends Omit<OnnxWindow, "dilations"> {
  readonly filters: number;
  readonly depth: number;
  readonly groups: number;
}

const MAX_SIZE = 65535;

/** Filters are [channels, filters / groups, kernel…]. */
function geometryOf(node: OnnxNode): Geometry {
  const input = inputShape(node);
  const weights = inputShape(node, 1);
  const rank = input.length - 2;
  const groups = node.integer("group", 1);
  const [channels = 0, perGroup = 0, ...kernel] = weights;
  require((rank === 1 || rank === 2) &&
    kernel.length === rank &&
    channels === input[1] &&
    groups >= 1 &&
    channels % groups === 0, () =>
    `expects filters for the channels of its input ${dimensions(input)} in ${groups} groups, found ${shapeText(node.inputs[1])}. The file may be damaged; re-export it.`);
  const list = (name: string, count: number, least: number) =>
    sizesOption(node, name, count, { least, most: MAX_SIZE });
  const strides = list("strides", rank, 1);
  const pads = list("pads", 2 * rank, 0);
  const extra = list("output_padding", rank, 0);
  require(list("dilations", rank, 1).every((dilation) => dilation === 1), () =>
    "expects a transposed convolution without dilations, found some. Train the layer without them.");
  const wanted = node.integers("output_shape");
  const auto = node.text("auto_pad", "NOTSET");
  const sizes = kernel.map((size, d) => {
    const full = ((input[d + 2] ?? 1) - 1) * (strides[d] ?? 1) + size + (extra[d] ?? 0);
    const same = auto.startsWith("SAME") ? (input[d + 2] ?? 1) * (strides[d] ?? 1) : undefined;
    const given = wanted?.[wanted.length - rank + d] ?? same;
    const [begin, end] = [pads[d] ?? 0, pads[rank + d] ?? 0];
    if (given === undefined)
      return { before: begin, after: end - (extra[d] ?? 0), output: full - begin - end };
    const total = full - given;
    const less = Math.floor(total / 2);
    const before = auto === "SAME_UPPER" ? less : total - less;
    return { before, after: total - before - (extra[d] ?? 0), output: given };
  });
  const two = (values: readonly number[], fallback: number) => twoSizes(rank, values, fallback);
  return {
    filters: perGroup * groups,
    depth: channels / groups,
    groups,
    kernel: two(kernel, 1),
    strides: two(strides, 1),
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

function read(node: OnnxReader): OnnxReading<TransposeConvAttributes> {
  const { filters, depth, groups, kernel, strides, before, after } = geometryOf(node);
  const rank = inputShape(node).length;
  const order = channelsLast(rank);
  const input = node.arranged(0, order);
  const [height, width] = kernel;
  const taps = height * width;
  const channels = depth * groups;
  const perGroup = filters / groups;
  // The file's elements are by channel, filter of its group, tap.
  const filterOf = (index: number) => {
    const group = Math.floor(index / (taps * perGroup * depth));
    return group * perGroup + (Math.floor(index / taps) % perGroup);
  };
  const weights = onnxWeights(node, 1, { filters, filterOf });
  // [filters, height, width, channels]; a group's filters have nothing for the channels of others.
  const from = Int32Array.from({ length: filters * taps * channels }, (_, to) => {
    const channel = to % channels;
    const tap = Math.floor(to / channels) % taps;
    const filter = Math.floor(to / (channels * taps));
    if (Math.floor(channel / depth) !== Math.floor(filter / perGroup)) return -1;
    return (channel * perGroup + (filter % perGroup)) * taps + tap;
  });
  const shape = [filters, height, width, channels];
  const filter = weightsOperand(node, node.inputs[1]?.name ?? "", weights, from, shape, 0);
  const bias = onnxBias(node, 2, input, weights);
  return {
    attributes: {
      strideHeight: strides[0],
      strideWidth: strides[1],
      padTop: before[0],
      padBottom: after[0],
      padLeft: before[1],
      padRight: after[1],
      activation: node.activation,
      rounding: "once",
    },
    inputs: bias ? [input, filter, bias] : [input, filter],
    outputs: [order],
  };
}

export const ONNX_TRANSPOSE_CONV: OnnxSpelling<TransposeConvAttributes> = {
  name: "ConvTranspose",
  shapes(node) {
    const geometry = geometryOf(node);
    return [windowShape(node, geometry, geometry.filters)];
  },
  channels: 1,
  activates: true,
  read,
};
