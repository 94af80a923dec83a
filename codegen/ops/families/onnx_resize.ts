/** ONNX's Resize of rows and columns. */

import { require } from "../../error.ts";
import { shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { inputShape } from "./onnx_shapes.ts";
import { channelsLast } from "./onnx_window.ts";
import { axisOf } from "./parameters.ts";
import type { ResizeAttributes } from "./resize.ts";

const DAMAGED = "The file may be damaged; re-export it.";
const MAX_SIZE = 65535;

interface Sizes {
  readonly shape: readonly number[];
  /** Output indices for each input index, by dimension. */
  readonly scales: readonly number[];
}

/** Sizes after the resize, from sizes or scales of all dimensions or of some. */
function sizesOf(node: OnnxNode): Sizes {
  const from = inputShape(node);
  const axes = (node.integers("axes") ?? from.map((_, d) => d)).map((axis) => axisOf(axis, from.length));
  const constant = (position: number) => {
    const tensor = node.inputs[position];
    require(!tensor || !!tensor.constant, () =>
      "expects constant sizes or scales, found computed ones. Export the model with fixed shapes.");
    return tensor?.constant?.values.length ? Array.from(tensor.constant.values) : undefined;
  };
  const [scales, sizes] = [constant(2), constant(3)];
  const given = scales ?? sizes ?? [];
  const stretch = node.text("keep_aspect_ratio_policy", "stretch");
  require(given.length === axes.length && given.every((value) => value > 0) && stretch === "stretch", () =>
    `expects positive sizes or scales of ${axes.length} dimensions, found ${given.join(" ")} (${stretch}). ${DAMAGED}`);
  const shape = [...from];
  const factors = from.map(() => 1);
  axes.forEach((axis, k) => {
    const value = given[k] ?? 1;
    const size = from[axis] ?? 1;
    shape[axis] = scales ? Math.floor(size * value) : value;
    factors[axis] = scales ? value : value / size;
  });
  require(shape.every((size) => size >= 1 && size <= MAX_SIZE), () =>
    `expects sizes from 1 to ${MAX_SIZE}, found ${shape.join("×")}. ${DAMAGED}`);
  require(from.length >= 3 && from.length <= 4 && shape[0] === from[0] && shape[1] === from[1], () =>
    `expects a resize of rows and columns of a tensor of 3 or 4 dimensions, found ${shapeText({ shape: from })} to ${shape.join("×")}. Resize maps only.`);
  return { shape, scales: factors };
}

/** Where the place of each output index lies between the input's (ONNX: Resize, coordinate_transformation_mode). */
function places(node: OnnxNode, size: number, count: number, scale: number): number[] {
  const mode = node.text("coordinate_transformation_mode", "half_pixel");
  return Array.from({ length: count }, (_, index) => {
    switch (mode) {
      case "half_pixel":
        return (index + 0.5) / scale - 0.5;
      case "pytorch_half_pixel":
        return count > 1 ? (index + 0.5) / scale - 0.5 : 0;
      case "half_pixel_symmetric":
        return size / 2 + (count / (scale * size)) * (-size / 2) + ((index + 0.5) / scale - 0.5);
      case "align_corners":
        return count > 1 ? (index * (size - 1)) / (count - 1) : 0;
      case "asymmetric":
        return index / scale;
      default:
        require(false, () =>
          `expects a coordinate_transformation_mode without regions, found ${mode}. Crop before the resize.`);
    }
    return 0;
  });
}

/** The nearest index to a place (ONNX: Resize, nearest_mode). */
function nearest(node: OnnxNode, place: number, size: number): number {
  const mode = node.text("nearest_mode", "round_prefer_floor");
  const rounded: Readonly<Record<string, number>> = {
    round_prefer_floor: Math.ceil(place - 0.5),
    round_prefer_ceil: Math.floor(place + 0.5),
    floor: Math.floor(place),
    ceil: Math.ceil(place),
  };
  const index = rounded[mode];
  require(index !== undefined, () => `expects a nearest_mode, found ${mode}. ${DAMAGED}`);
  return Math.min(Math.max(index, 0), size - 1);
}

/** Sizes and scales of rows and columns; a map of one dimension is one row. */
function mapOf(node: OnnxNode) {
  const { shape, scales } = sizesOf(node);
  const from = inputShape(node);
  const one = from.length === 3;
  const pick = (list: readonly number[], fallback: number) =>
    one ? [fallback, list[2] ?? 1] : [list[2] ?? 1, list[3] ?? 1];
  return { from: pick(from, 1), to: pick(shape, 1), scales: pick(scales, 1) };
}

interface NearestAttributes {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

function readNearest(node: OnnxReader): OnnxReading<NearestAttributes> {
  const { from, to, scales } = mapOf(node);
  const [rows = [], columns = []] = from.map((size, d) =>
    places(node, size, to[d] ?? 1, scales[d] ?? 1).map((place) => nearest(node, place, size)),
  );
  const groups = channelsLast(inputShape(node).length);
  return { attributes: { rows, columns }, inputs: [node.arranged(0, groups)], outputs: [groups] };
}

function readLinear(node: OnnxReader): OnnxReading<ResizeAttributes> {
  const { from, to } = mapOf(node);
  const mode = node.text("coordinate_transformation_mode", "half_pixel");
  const halfPixelCenters = mode === "half_pixel" || mode === "pytorch_half_pixel";
  require(halfPixelCenters || mode === "align_corners" || mode === "asymmetric", () =>
    `expects coordinate_transformation_mode half_pixel, pytorch_half_pixel, align_corners or asymmetric, found ${mode}. Export the model with one of these.`);
  require(node.integer("antialias", 0) === 0, () =>
    "expects a resize without antialias, found one with it. Export the model without it.");
  const [height = 1, width = 1] = to;
  // Scales that are not a ratio of sizes lead to other places.
  const even = mapOf(node).scales.every((scale, d) => Math.abs(scale * (from[d] ?? 1) - (to[d] ?? 1)) < 1e-3);
  require(even || mode === "align_corners", () =>
    "expects scales that are ratios of whole sizes, found others. Export the model with sizes.");
  const groups = channelsLast(inputShape(node).length);
  const attributes = { height, width, alignCorners: mode === "align_corners", halfPixelCenters };
  return { attributes, inputs: [node.arranged(0, groups)], outputs: [groups] };
}

const isNearest = (node: OnnxNode) => node.text("mode", "nearest") === "nearest";

export const ONNX_RESIZE_NEAREST: OnnxSpelling<NearestAttributes> = {
  name: "Resize",
  accepts: isNearest,
  shapes: (node) => [sizesOf(node).shape],
  coding: "keeps",
  carries: [0],
  read: readNearest,
};

export const ONNX_RESIZE_LINEAR: OnnxSpelling<ResizeAttributes> = {
  name: "Resize",
  accepts: (node) => !isNearest(node),
  shapes(node) {
    require(node.text("mode", "nearest") === "linear", () =>
      `expects mode nearest or linear, found ${node.text("mode", "nearest")}. Export the model with one of these.`);
    return [sizesOf(node).shape];
  },
  coding: "keeps",
  carries: [0],
  read: readLinear,
};
