/** ONNX networks become graphs that give what ONNX says, in real numbers rounded once, whatever the file's layout. */

import assert from "node:assert/strict";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { roundEven } from "../../codegen/graph/fixed_point.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import type { Values } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { assertGraphMatches } from "../ops/file_operator.ts";
import { randomOf } from "../ops/random_values.ts";
import { type ElementType, OnnxBuilder } from "./onnx_writer.ts";

const imported = (net: OnnxBuilder, options = {}) =>
  importModel(net.bytes(), { file: "net.onnx", ...options });

const kindsOf = ({ operators }: Graph) => operators.map(({ kind }) => kind);

function outputs(graph: Graph, ...inputs: Values[]): number[][] {
  return evaluateGraph(graph, inputs).map((values) => Array.from(values as ArrayLike<number>));
}

/** The real number that int8 holds for `real`. */
function coded(real: number, scale: number, zero = 0, low = -128, high = 127): number {
  const integer = Math.min(high, Math.max(low, roundEven(Math.fround(real / scale)) + zero));
  return Math.fround(scale * (integer - zero));
}

const integers = (random: ReturnType<typeof randomOf>, count: number, low = -127, high = 127) =>
  Array.from({ length: count }, () => random.int(low, high));

function assertClose(found: readonly number[], wanted: readonly number[], tolerance = 1e-6): void {
  assert.equal(found.length, wanted.length);
  wanted.forEach((value, index) => {
    assert.ok(
      Math.abs((found[index] ?? Number.NaN) - value) <= tolerance,
      `${index}: ${found[index]}, not ${value}`,
    );
  });
}

/** Conv as ONNX defines it: channels first. */
function convolve(
  x: readonly number[],
  [channels, height, width]: readonly [number, number, number],
  w: readonly number[],
  [filters, depth, kernelHeight, kernelWidth]: readonly [number, number, number, number],
  { pad = 0, stride = 1, groups = 1 },
): number[] {
  const size = (map: number, kernel: number) => Math.floor((map + 2 * pad - kernel) / stride) + 1;
  const result: number[] = [];
  for (let f = 0; f < filters; f++)
    for (let y = 0; y < size(height, kernelHeight); y++)
      for (let column = 0; column < size(width, kernelWidth); column++) {
        let sum = 0;
        for (let d = 0; d < depth; d++)
          for (let i = 0; i < kernelHeight; i++)
            for (let j = 0; j < kernelWidth; j++) {
              const [row, at] = [y * stride + i - pad, column * stride + j - pad];
              if (row < 0 || at < 0 || row >= height || at >= width) continue;
              const channel = Math.floor(f / (filters / groups)) * depth + d;
              sum +=
                (x[(channel * height + row) * width + at] ?? 0) *
                (w[((f * depth + d) * kernelHeight + i) * kernelWidth + j] ?? 0);
            }
        result.push(sum);
      }
  assert.equal(channels, depth * groups);
  return result;
}

describe("importOnnx", () => {
  const random = randomOf(7);

  for (const { type, zero } of [
    { type: "int8" as ElementType, zero: -9 },
    { type: "uint8" as ElementType, zero: 119 },
  ]) {
    it(`computes a convolution of ${type} in the kernels' layout, rounded once`, async () => {
      const net = new OnnxBuilder();
      const [channels, height, width, filters] = [3, 5, 6, 4];
      const x = net.coded(net.input("x", [1, channels, height, width]), 0.03, zero, type);
      const weights = integers(random, filters * channels * 9);
      const scales = [0.01, 0.02, 0.005, 0.013].map(Math.fround);
      const bias = integers(random, filters, -500, 500);
      const w = net.weights([filters, channels, 3, 3], weights, scales);
      const b = net.weights(
        [filters],
        bias,
        scales.map((scale) => Math.fround(0.03 * scale)),
        { type: "int32" },
      );
      const conv = net.node("Conv", [x, w, b], { pads: [1, 1, 1, 1], strides: [2, 2] });
      net.output(net.coded(net.node("Relu", [conv]), 0.04, type === "int8" ? -128 : 0, type));
      const graph = imported(net);
      assert.deepEqual(kindsOf(graph), ["quantize", "transpose", "conv_2d", "transpose", "dequantize"]);

      const input = Float32Array.from({ length: channels * height * width }, () => 8 * random.real() - 4);
      const range = type === "int8" ? ([-128, 127] as const) : ([0, 255] as const);
      const real = Array.from(input, (value) => coded(value, Math.fround(0.03), zero, ...range));
      const filtersOf = weights.map(
        (value, index) => value * (scales[Math.floor(index / (channels * 9))] ?? 0),
      );
      const sums = convolve(real, [channels, height, width], filtersOf, [filters, channels, 3, 3], {
        pad: 1,
        stride: 2,
      });
      const per = sums.length / filters;
      const wanted = sums.map((sum, index) => {
        const filter = Math.floor(index / per);
        const shifted = sum + (bias[filter] ?? 0) * Math.fround(0.03) * (scales[filter] ?? 0);
        return coded(Math.max(0, shifted), Math.fround(0.04), -128);
      });
      assertClose(outputs(graph, input)[0] ?? [], wanted);
      await assertGraphMatches(graph);
    });
  }

  it("reads a flattened map in the order in which it lies in memory", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 2, 3, 2]), 0.5);
    const conv = net.node("Conv", [x, net.weights([2, 2, 1, 1], [1, 0, 0, 1], [1])]);
    const flat = net.node("Flatten", [net.coded(conv, 0.5)]);
    // Row k of the weights picks element k of the file's order.
    const weights = Array.from({ length: 144 }, (_, index) => (index % 13 === 0 ? 1 : 0));
    net.output(net.coded(net.node("Gemm", [flat, net.weights([12, 12], weights, [1])], { transB: 1 }), 0.5));
    const graph = imported(net);
    assert.deepEqual(kindsOf(graph), [
      "quantize",
      "transpose",
      "conv_2d",
      "reshape",
      "fully_connected",
      "dequantize",
    ]);
    const input = Float32Array.from({ length: 12 }, (_, index) => index / 2);
    assert.deepEqual(outputs(graph, input)[0], Array.from(input));
  });

  it("drops transpositions that cancel, and moves constants to where the activation lies", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 2, 2, 3]), 1);
    const turned = net.node("Transpose", [x], { perm: [0, 3, 1, 2] });
    const added = net.node("Add", [turned, net.weights([3, 1, 1], [10, 20, 30], [1])]);
    const back = net.node("Transpose", [net.coded(added, 1)], { perm: [0, 2, 3, 1] });
    net.output(back);
    const graph = imported(net);
    assert.deepEqual(kindsOf(graph), ["quantize", "add", "dequantize"]);
    const input = Float32Array.from({ length: 12 }, (_, index) => index);
    const wanted = Array.from(input, (value, index) => value + 10 * ((index % 3) + 1));
    assert.deepEqual(outputs(graph, input)[0], wanted);
  });

  it("brings operands of different layouts together", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 2, 2, 3]), 1);
    const conv = net.node("Conv", [x, net.weights([2, 2, 1, 1], [1, 0, 0, 1], [1])]);
    const row = net.coded(net.input("row", [2, 3]), 1);
    net.output(net.coded(net.node("Add", [row, net.coded(conv, 1)]), 1));
    const input = Float32Array.from({ length: 12 }, (_, index) => index);
    const other = Float32Array.of(10, 20, 30, 40, 50, 60);
    const wanted = Array.from(input, (value, index) => value + (other[index % 6] ?? 0));
    assert.deepEqual(outputs(imported(net), input, other)[0], wanted);
  });

  it("makes one table of elementwise operators between two codings", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 5]), 0.05);
    const half = net.constant("float32", [1], [0.5]);
    const erf = net.node("Erf", [net.node("Mul", [x, net.constant("float32", [], [Math.SQRT1_2])])]);
    const gelu = net.node("Mul", [
      net.node("Mul", [x, net.node("Add", [erf, net.constant("float32", [], [1])])]),
      half,
    ]);
    net.output(net.coded(gelu, 0.05));
    const graph = imported(net);
    assert.deepEqual(kindsOf(graph), ["quantize", "lookup_table", "dequantize"]);
    // x · Φ(x), Φ from a table of the normal distribution.
    const phi = [0.022750132, 0.158655254, 0.5, 0.841344746, 0.977249868];
    const wanted = phi.map((value, index) => coded((index - 2) * value, Math.fround(0.05)));
    assertClose(outputs(graph, Float32Array.of(-2, -1, 0, 1, 2))[0] ?? [], wanted);
  });

  it("gives values that no QuantizeLinear codes the steps that their range needs", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 4]), 0.1);
    net.output(net.node("Sigmoid", [x])).output(net.node("Softmax", [x]));
    const graph = imported(net);
    const input = Float32Array.of(-3, 0, 1, 12.7);
    const [sigmoid = [], softmax = []] = outputs(graph, input);
    assertClose(
      sigmoid,
      Array.from(input, (value) => 1 / (1 + Math.exp(-value))),
      1 / 510,
    );
    const sum = input.reduce((total, value) => total + Math.exp(value), 0);
    assertClose(
      softmax,
      Array.from(input, (value) => Math.exp(value) / sum),
      1 / 256,
    );
  });

  it("folds batch normalization, factors and biases into the convolution before them", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 1, 1, 3]), 1);
    const conv = net.node("Conv", [x, net.weights([2, 1, 1, 1], [3, 5], [1])]);
    const vector = (...values: number[]) => net.constant("float32", [values.length], values);
    // (y − mean) / √(variance + epsilon) · scale + bias
    const normal = net.node(
      "BatchNormalization",
      [conv, vector(2, -3), vector(1, 3), vector(6, 5), vector(3, 0)],
      { epsilon: { float: 1 } },
    );
    const scaled = net.node("Mul", [normal, net.constant("float32", [1, 2, 1, 1], [10, 1])]);
    net.output(net.coded(net.node("Clip", [scaled, net.constant("float32", [], [-30])]), 1));
    const graph = imported(net);
    assert.deepEqual(kindsOf(graph), [
      "quantize",
      "reshape",
      "conv_2d",
      "lookup_table",
      "transpose",
      "dequantize",
    ]);
    const input = [1, 2, 3];
    const first = input.map((value) => Math.max(-30, ((3 * value - 6) / 2) * 20 + 10));
    const second = input.map((value) => Math.max(-30, (5 * value - 5) * -3 + 3));
    assert.deepEqual(outputs(graph, Float32Array.from(input))[0], [...first, ...second]);
  });

  it("keeps the types and the order of the file's inputs and outputs", () => {
    const net = new OnnxBuilder();
    const x = net.dequantize(net.input("x", [1, 2, 2], "uint8"), 0.5, 100, "uint8");
    const pooled = net.node("MaxPool", [x], { kernel_shape: [2] });
    net.output(net.quantize(pooled, 0.5, 100, "uint8"), "uint8");
    net.output(net.quantize(net.node("Relu", [x]), 0.25, -128), "int8");
    const graph = imported(net);
    const [input] = graph.inputs.map((id) => graph.tensors[id]);
    assert.deepEqual(
      [input?.dtype, input?.shape, input?.quantization?.zeroPoints],
      ["uint8", [1, 2, 2], [100]],
    );
    assert.deepEqual(outputs(graph, Uint8Array.of(90, 110, 0, 255)), [
      [110, 255],
      // 0.5 · (255 − 100) is more than int8 holds in steps of 0.25.
      [-128, -108, -128, 127],
    ]);
  });

  it("reads operators with their quantization spelled out", () => {
    const net = new OnnxBuilder();
    const scale = (...values: number[]) =>
      net.constant("float32", values.length === 1 ? [] : [values.length], values);
    const zero = (...values: number[]) =>
      net.constant("int8", values.length === 1 ? [] : [values.length], values);
    const x = net.quantize(net.input("x", [1, 2]), 0.5, 1);
    const w = net.constant("int8", [2, 3], [1, 2, 3, 4, 5, 6]);
    const bias = net.constant("int32", [3], [2, 0, -2]);
    const product = net.node(
      "QGemm",
      [x, scale(0.5), zero(1), w, scale(1, 2, 4), zero(0, 0, 0), bias, scale(0.25), zero(-3)],
      { alpha: { float: 1 } },
      { domain: "com.microsoft" },
    );
    const sum = net.node(
      "QLinearAdd",
      [product, scale(0.25), zero(-3), product, scale(0.25), zero(-3), scale(1), zero(0)],
      {},
      { domain: "com.microsoft" },
    );
    net.output(net.dequantize(sum, 1));
    // x = (1, −2): products (−7, −8, −9) times (1, 2, 4) plus biases 2, 0, −2 in half those steps; doubled.
    const wanted = [2 * (-7 + 1), 2 * -16, 2 * (-36 - 4)].map((value) => Math.max(value, 2 * -31.25));
    const found = outputs(imported(net), Float32Array.of(1, -2))[0] ?? [];
    assertClose(found, wanted, 0.5);
  });

  it("reads constants however the file stores them", () => {
    const weights = [1, -2, 3, -4, 5, -6];
    const build = (storage: "raw" | "listed" | { location: string }, type: ElementType = "int8") => {
      const net = new OnnxBuilder();
      const constant = net.constant(type, [3, 2], weights, storage);
      const codes = [net.constant("float32", [], [1]), net.constant(type, [], [0])];
      const w = net.node("DequantizeLinear", [constant, ...codes]);
      net.output(net.coded(net.node("MatMul", [net.coded(net.input("x", [1, 3]), 1), w]), 1));
      return net;
    };
    const external = (location: string) =>
      location === "net.data" ? Uint8Array.of(9, 9, 9, 9, 1, 254, 3, 252, 5, 250) : undefined;
    for (const net of [
      build("raw"),
      build("listed"),
      build({ location: "net.data" }),
      build("raw", "int4"),
      build("listed", "int4"),
    ]) {
      const graph = imported(net, { externalData: external });
      assert.deepEqual(outputs(graph, Float32Array.of(1, 2, 3))[0], [1 + 6 + 15, -2 - 8 - 18]);
    }
  });
});
