/**
 * A quantized network as ONNX with QuantizeLinear and DequantizeLinear around float operators (QDQ), which is how ONNX tools
 * write int8 networks: the same integers of weights and biases, the same codings. Activations are channels-first, as ONNX's
 * operators want them; the file's input is so too.
 */

import type { Graph } from "../../codegen/graph/graph.ts";
import type { Tensor } from "../../codegen/graph/tensor.ts";
import type { ConvolutionAttributes } from "../../codegen/ops/families/convolution.ts";
import { OnnxBuilder } from "../../tests/import/onnx_writer.ts";
import { codeOf, integersOf, type KnownLayer, knownLayers, permuted, tensorOf } from "./layers.ts";

/** Bytes of an .onnx file. Throws an Error on a network that has other operators than `KnownLayer`. */
export function qdqOnnx(graph: Graph): Uint8Array {
  const builder = new OnnxBuilder(17);
  const named = new Map<Tensor, string>();
  const layers = knownLayers(graph);
  const [input, output] = [graph.inputs, graph.outputs].map(([id = 0]) => tensorOf(graph.tensors, id));
  if (!input || !output) throw new Error("expected a network with an input and an output");
  builder.input("input", channelsFirst(input.shape), "int8");
  named.set(input, decoded(builder, "input", input));
  for (const [index, known] of layers.entries()) {
    const result = tensorOf(known.layer.outputs, 0);
    const value = emit(builder, known, (tensor) => {
      const name = named.get(tensor);
      if (name === undefined) throw new Error(`"${tensor.name}" is used before it is computed`);
      return name;
    });
    const { scale, zeroPoint } = codeOf(result);
    const quantized = known.kind === "reshape" ? value : builder.quantize(value, scale, zeroPoint);
    if (index === layers.length - 1) builder.output(quantized, "int8");
    else named.set(result, known.kind === "reshape" ? value : decoded(builder, quantized, result));
  }
  return builder.bytes();
}

function decoded(builder: OnnxBuilder, name: string, tensor: Tensor): string {
  const { scale, zeroPoint } = codeOf(tensor);
  return builder.dequantize(name, scale, zeroPoint);
}

export function channelsFirst(shape: readonly number[]): number[] {
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  return shape.length === 4 ? [batch, channels, height, width] : [...shape];
}

/** The float operators of one layer; the name of their result. */
function emit(builder: OnnxBuilder, known: KnownLayer, name: (tensor: Tensor) => string): string {
  const { layer } = known;
  const input = tensorOf(layer.inputs, 0);
  switch (known.kind) {
    case "conv_2d":
    case "depthwise_conv_2d": {
      const { attributes } = known.layer;
      return activated(
        builder,
        known.layer,
        convolution(builder, known.kind, layer.inputs, name(input), attributes),
      );
    }
    case "fully_connected":
      return activated(builder, known.layer, dense(builder, layer.inputs, name(input)));
    case "average_pool_2d": {
      const { windowHeight, windowWidth, strideHeight, strideWidth, same } = known.layer.attributes;
      if (same) throw new Error("the benchmark does not convert an average pool with padding");
      const attributes = { kernel_shape: [windowHeight, windowWidth], strides: [strideHeight, strideWidth] };
      return builder.node("AveragePool", [name(input)], attributes);
    }
    case "add":
      return activated(
        builder,
        known.layer,
        builder.node("Add", [name(input), name(tensorOf(layer.inputs, 1))]),
      );
    case "softmax":
      return builder.node("Softmax", [name(input)], { axis: -1 });
    case "reshape": {
      // Where there is one channel or one pixel, both orders of dimensions list the values alike.
      const { shape } = tensorOf(layer.outputs, 0);
      const alike = [input.shape, shape].every((sizes) => sizes.length !== 4 || isFlat(sizes));
      if (!alike) throw new Error("the benchmark does not convert this reshape");
      const target = channelsFirst(shape);
      return builder.node("Reshape", [name(input), builder.constant("int64", [target.length], target)]);
    }
  }
}

/** Whether a map has one channel or one pixel. */
function isFlat([, height = 1, width = 1, channels = 1]: readonly number[]): boolean {
  return channels === 1 || height * width === 1;
}

function convolution(
  builder: OnnxBuilder,
  kind: "conv_2d" | "depthwise_conv_2d",
  inputs: readonly (Tensor | undefined)[],
  name: string,
  attributes: ConvolutionAttributes,
): string {
  const [input, filter] = [tensorOf(inputs, 0), tensorOf(inputs, 1)];
  const [filters = 1, height = 1, width = 1, depth = 1] = filter.shape;
  const depthwise = kind === "depthwise_conv_2d";
  const group = depthwise ? (input.shape[3] ?? 1) : 1;
  const order = depthwise ? [3, 0, 1, 2] : [0, 3, 1, 2];
  const shape = depthwise ? [depth, 1, height, width] : [filters, depth, height, width];
  const scales = filter.quantization?.scales ?? [];
  const weights = builder.weights(shape, permuted(integersOf(filter), filter.shape, order), scales);
  return builder.node("Conv", [name, weights, bias(builder, inputs)], {
    kernel_shape: [height, width],
    strides: [attributes.strideHeight, attributes.strideWidth],
    dilations: [attributes.dilationHeight, attributes.dilationWidth],
    pads: [attributes.padTop, attributes.padLeft, attributes.padBottom, attributes.padRight],
    group,
  });
}

function dense(builder: OnnxBuilder, inputs: readonly (Tensor | undefined)[], name: string): string {
  const [input, filter] = [tensorOf(inputs, 0), tensorOf(inputs, 1)];
  const [rows = 1, columns = 1] = filter.shape;
  const spatial = input.shape.length === 4 && !isFlat(input.shape);
  const [, height = 1, width = 1, channels = 1] = input.shape;
  const values = spatial
    ? permuted(integersOf(filter), [rows, height, width, channels], [0, 3, 1, 2])
    : integersOf(filter);
  const flat = input.shape.length === 2 ? name : builder.node("Flatten", [name], { axis: 1 });
  const weights = builder.weights([rows, columns], values, filter.quantization?.scales ?? []);
  return builder.node("Gemm", [flat, weights, bias(builder, inputs)], { transB: 1 });
}

/** The bias with its scales: input's times filter's, as the file's integers are meant. */
function bias(builder: OnnxBuilder, inputs: readonly (Tensor | undefined)[]): string {
  const [input, filter] = [tensorOf(inputs, 0), tensorOf(inputs, 1)];
  const scales = (filter.quantization?.scales ?? []).map((scale) => scale * codeOf(input).scale);
  const given = inputs[2];
  const values = given ? integersOf(given) : Array.from({ length: filter.shape[0] ?? 1 }, () => 0);
  return builder.weights([values.length], values, scales, { type: "int32" });
}

/** The layer's activation, left out where the range of the output's coding does the same. */
function activated(builder: OnnxBuilder, layer: KnownLayer["layer"], name: string): string {
  const { activation } = layer.attributes as { activation: string };
  const { scale, zeroPoint } = codeOf(tensorOf(layer.outputs, 0));
  const least = (-128 - zeroPoint) * scale;
  const most = (127 - zeroPoint) * scale;
  if (activation === "none") return name;
  if (activation === "relu") return least >= 0 ? name : builder.node("Relu", [name]);
  if (activation !== "relu6") throw new Error(`the benchmark does not convert the activation ${activation}`);
  if (least >= 0 && most <= 6) return name;
  return builder.node("Clip", [
    name,
    builder.constant("float32", [], [0]),
    builder.constant("float32", [], [6]),
  ]);
}
