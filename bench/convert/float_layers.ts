/**
 * A quantized network as float layers for @tensorflow/tfjs, which has no int8: weights and biases are the real values that the
 * integers stand for. The file is 4 bytes with the length of a JSON text, the text (`FloatNetwork`), and float32 weights.
 */

import type { Graph } from "../../codegen/graph/graph.ts";
import type { Tensor } from "../../codegen/graph/tensor.ts";
import type { Constant, FloatLayer, FloatNetwork } from "../page/float_network.ts";
import { codeOf, integersOf, type KnownLayer, knownLayers, permuted, tensorOf } from "./layers.ts";

/** Bytes of the file. Throws an Error on a network that has other operators than `KnownLayer`. */
export function floatLayers(graph: Graph): Uint8Array {
  const weights: number[] = [];
  const store = (shape: readonly number[], values: readonly number[]): Constant => {
    const offset = weights.length;
    for (const value of values) weights.push(value);
    return { shape, offset };
  };
  const ids = new Map(graph.tensors.map((tensor, id) => [tensor, id]));
  const idOf = (tensor: Tensor) => ids.get(tensor) ?? -1;
  const network: FloatNetwork = {
    input: graph.inputs[0] ?? 0,
    output: graph.outputs[0] ?? 0,
    layers: knownLayers(graph).map((known) => ({
      ...layerOf(known, store, idOf),
      output: idOf(tensorOf(known.layer.outputs, 0)),
    })),
  };
  const json = JSON.stringify(network);
  const text = new TextEncoder().encode(json.padEnd(json.length + ((4 - (json.length % 4)) % 4)));
  const values = new Uint8Array(Float32Array.from(weights).buffer);
  const file = new Uint8Array(4 + text.length + values.length);
  new DataView(file.buffer).setUint32(0, text.length, true);
  file.set(text, 4);
  file.set(values, 4 + text.length);
  return file;
}

function layerOf(
  known: KnownLayer,
  store: (shape: readonly number[], values: readonly number[]) => Constant,
  idOf: (tensor: Tensor) => number,
): Omit<FloatLayer, "output"> {
  const { layer } = known;
  const input = tensorOf(layer.inputs, 0);
  const base = { kind: known.kind, inputs: [idOf(input)], activation: "none" };
  switch (known.kind) {
    case "conv_2d":
    case "depthwise_conv_2d": {
      const filter = tensorOf(layer.inputs, 1);
      const [first = 1, height = 1, width = 1, last = 1] = filter.shape;
      const a = known.layer.attributes;
      const depthwise = known.kind === "depthwise_conv_2d";
      const channels = input.shape[3] ?? 1;
      const shape = depthwise ? [height, width, channels, last / channels] : [height, width, last, first];
      const values = permuted(
        realsOf(filter, depthwise ? 3 : 0),
        filter.shape,
        depthwise ? [1, 2, 0, 3] : [1, 2, 3, 0],
      );
      return {
        ...base,
        activation: a.activation,
        filter: store(shape, values),
        bias: biasOf(layer.inputs, store),
        strides: [a.strideHeight, a.strideWidth],
        dilations: [a.dilationHeight, a.dilationWidth],
        pads: [
          [0, 0],
          [a.padTop, a.padBottom],
          [a.padLeft, a.padRight],
          [0, 0],
        ],
      };
    }
    case "fully_connected": {
      const filter = tensorOf(layer.inputs, 1);
      const [rows = 1, columns = 1] = filter.shape;
      const values = permuted(realsOf(filter, 0), [rows, columns], [1, 0]);
      const { activation } = known.layer.attributes;
      return {
        ...base,
        activation,
        filter: store([columns, rows], values),
        bias: biasOf(layer.inputs, store),
      };
    }
    case "average_pool_2d": {
      const { windowHeight, windowWidth, strideHeight, strideWidth, same } = known.layer.attributes;
      if (same) throw new Error("the benchmark does not convert an average pool with padding");
      return { ...base, window: [windowHeight, windowWidth], strides: [strideHeight, strideWidth] };
    }
    case "add": {
      const inputs = [idOf(input), idOf(tensorOf(layer.inputs, 1))];
      return { ...base, inputs, activation: known.layer.attributes.activation };
    }
    case "softmax":
      return base;
    case "reshape":
      return { ...base, shape: tensorOf(layer.outputs, 0).shape };
  }
}

/** Real values of a filter, with a scale for all or for each index of dimension `axis`. */
function realsOf(filter: Tensor, axis: number): number[] {
  const scales = filter.quantization?.scales ?? [];
  const inner = filter.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const count = filter.shape[axis] ?? 1;
  return integersOf(filter).map((value, index) => {
    const scale = scales.length === 1 ? scales[0] : scales[Math.floor(index / inner) % count];
    return value * (scale ?? Number.NaN);
  });
}

function biasOf(
  inputs: readonly (Tensor | undefined)[],
  store: (shape: readonly number[], values: readonly number[]) => Constant,
): Constant {
  const [input, filter, bias] = [tensorOf(inputs, 0), tensorOf(inputs, 1), tensorOf(inputs, 2)];
  const scales = filter.quantization?.scales ?? [];
  const { scale } = codeOf(input);
  const values = integersOf(bias).map(
    (value, index) => value * scale * (scales[scales.length === 1 ? 0 : index] ?? Number.NaN),
  );
  return store([values.length], values);
}
