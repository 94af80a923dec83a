/** ONNX's MaxPool and AveragePool. */

import { require } from "../../error.ts";
import { codingOf } from "../../graph/coding.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import { inputShape } from "./onnx_shapes.ts";
import { channelsLast, type OnnxWindow, onnxWindow, windowShape } from "./onnx_window.ts";
import type { PoolAttributes } from "./pool.ts";

export function poolWindow(node: OnnxNode): OnnxWindow {
  const kernel = node.integers("kernel_shape");
  require(!!kernel, () => "expects a kernel_shape, found none. The file may be damaged; re-export it.");
  const window = onnxWindow(node, kernel, node.integer("ceil_mode", 0) !== 0);
  require(window.dilations.every((size) => size === 1), () =>
    `expects pooling without dilations, found ${window.dilations.join(" ")}. Pool without them.`);
  require(window.kernel.every(
    (size, d) => size > (window.before[d] ?? 0) && size > (window.after[d] ?? 0),
  ), () =>
    `expects paddings smaller than the window, found ${window.before.join(" ")} and ${window.after.join(" ")}. The file may be damaged; re-export it.`);
  return window;
}

export function poolShapes(node: OnnxNode): number[][] {
  return [windowShape(node, poolWindow(node), inputShape(node)[1] ?? 1)];
}

/** Whether an average counts the cells of the padding too, as zeros. */
export function countsPadding(node: OnnxNode): boolean {
  const { before, after } = poolWindow(node);
  return node.integer("count_include_pad", 0) !== 0 && [...before, ...after].some((size) => size > 0);
}

export function readOnnxPool(node: OnnxReader): OnnxReading<PoolAttributes> {
  const { kernel, strides, before, output } = poolWindow(node);
  const shape = inputShape(node);
  const groups = channelsLast(shape.length);
  const map = [shape.length === 3 ? 1 : (shape[2] ?? 1), shape.at(-1) ?? 1];
  // What the last window needs, which is more than the file says where the size was rounded up.
  const after = (d: 0 | 1) =>
    Math.max(0, (output[d] - 1) * strides[d] + kernel[d] - (map[d] ?? 1) - before[d]);
  const attributes: PoolAttributes = {
    strideHeight: strides[0],
    strideWidth: strides[1],
    padTop: before[0],
    padLeft: before[1],
    padBottom: after(0),
    padRight: after(1),
    windowHeight: kernel[0],
    windowWidth: kernel[1],
    same: false,
    activation: node.activation,
  };
  const input = node.arranged(0, groups);
  return { attributes, inputs: [input], outputs: [groups], codings: [codingOf(input.tensor)] };
}

/** What both pools have in common. */
export function onnxPool(
  name: string,
  more: Partial<OnnxSpelling<PoolAttributes>>,
): OnnxSpelling<PoolAttributes> {
  return { name, shapes: poolShapes, read: readOnnxPool, ...more };
}
