/** ONNX's Conv: windows, grouped filters, attributes. */

import { require } from "../../error.ts";
import { dimensions, shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxReader, OnnxReading, OnnxSpelling } from "../onnx_spelling.ts";
import type { ConvolutionAttributes } from "./convolution.ts";
import { inputShape } from "./onnx_shapes.ts";
import { filtersAlong, onnxBias, onnxWeights, weightsOperand } from "./onnx_weights.ts";
import { channelsLast, type OnnxWindow, onnxWindow, windowShape } from "./onnx_window.ts";

/** Filters [filters, channels / groups, kernel…] of a node, checked against its input. */
function filtersOf(node: OnnxNode): { filters: number; depth: number; groups: number; kernel: number[] } {
  const [input, weights] = node.inputs;
  const channels = input?.shape[1] ?? 0;
  const [filters = 0, depth = 0, ...kernel] = weights?.shape ?? [];
  const groups = node.integer("group", 1);
  const fits =
    groups >= 1 && depth >= 1 && depth * groups === channels && filters >= 1 && filters % groups === 0;
  require(fits, () =>
    `expects filters for the ${channels} channels of its input in ${groups} groups, found ${shapeText(weights)}. The file may be damaged; re-export it.`);
  const declared = node.integers("kernel_shape");
  require(!declared || declared.join() === kernel.join(), () =>
    `expects the kernel ${dimensions(kernel)} of its weights, found ${dimensions(declared ?? [])}. The file may be damaged; re-export it.`);
  return { filters, depth, groups, kernel };
}

function windowOf(node: OnnxNode): OnnxWindow {
  return onnxWindow(node, filtersOf(node).kernel);
}

/** Whether each input channel has filters of its own. */
function isDepthwise(node: OnnxNode): boolean {
  const { groups, depth } = filtersOf(node);
  return groups > 1 && depth === 1;
}

/** The filters in the order of the kernels; `axis` of them counts filters. */
interface Arrangement {
  readonly shape: readonly number[];
  readonly axis: number;
  /** The index in the file's order of each of the kernels' elements. */
  from(index: number): number;
}

/** [filters, depth, height, width] as [filters, height, width, depth]. */
function ordinary(filters: number, depth: number, [height, width]: OnnxWindow["kernel"]): Arrangement {
  const taps = height * width;
  return {
    shape: [filters, height, width, depth],
    axis: 0,
    from(index) {
      const filter = Math.floor(index / (taps * depth));
      const tap = Math.floor(index / depth) % taps;
      return (filter * depth + (index % depth)) * taps + tap;
    },
  };
}

/** [filters, 1, height, width] as [1, height, width, filters]. */
function depthwise(filters: number, _depth: number, [height, width]: OnnxWindow["kernel"]): Arrangement {
  const taps = height * width;
  return {
    shape: [1, height, width, filters],
    axis: 3,
    from: (index) => (index % filters) * taps + Math.floor(index / filters),
  };
}

function read(node: OnnxReader, arrange: typeof ordinary): OnnxReading<ConvolutionAttributes> {
  const { filters, depth } = filtersOf(node);
  const window = windowOf(node);
  const groups = channelsLast(node.inputs[0]?.shape.length ?? 4);
  const input = node.arranged(0, groups);
  const weights = onnxWeights(node, 1, filtersAlong(inputShape(node, 1), 0));
  const { shape, axis, from } = arrange(filters, depth, window.kernel);
  const order = Uint32Array.from({ length: weights.integers.length }, (_, index) => from(index));
  const filter = weightsOperand(node, node.inputs[1]?.name ?? "", weights, order, shape, axis);
  const bias = onnxBias(node, 2, input, weights);
  const { strides, dilations, before, after } = window;
  return {
    attributes: {
      strideHeight: strides[0],
      strideWidth: strides[1],
      dilationHeight: dilations[0],
      dilationWidth: dilations[1],
      padTop: before[0],
      padBottom: after[0],
      padLeft: before[1],
      padRight: after[1],
      activation: node.activation,
      rounding: "once",
    },
    inputs: bias ? [input, filter, bias] : [input, filter],
    outputs: [groups],
  };
}

const CONV: Omit<OnnxSpelling<ConvolutionAttributes>, "read"> = {
  name: "Conv",
  quantized: [
    { name: "QLinearConv", inputs: [[0, 1, 2], [3, 4, 5], { bias: 8 }], output: [6, 7], axis: () => 0 },
  ],
  shapes: (node) => [windowShape(node, windowOf(node), filtersOf(node).filters)],
  channels: 1,
  activates: true,
};

export const ONNX_CONV: OnnxSpelling<ConvolutionAttributes> = {
  ...CONV,
  accepts: (node) => !isDepthwise(node),
  read: (node) => read(node, ordinary),
};

export const ONNX_DEPTHWISE_CONV: OnnxSpelling<ConvolutionAttributes> = {
  ...CONV,
  accepts: isDepthwise,
  read: (node) => read(node, depthwise),
};
