/** What ONNX's operators that compute do, worked out by hand. */

import assert from "node:assert/strict";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { importModel } from "../../codegen/import/index.ts";
import { Net, node, run } from "./onnx_steps.ts";
import type { AttributeSpec } from "./onnx_writer.ts";

describe("ONNX operators that compute", () => {
  it("transposed convolutions, in groups too", () => {
    const transposed = (
      attributes: Readonly<Record<string, AttributeSpec>>,
      weights: number[],
      shape: number[],
    ) =>
      run([1, 2, 1, 2], (net, x) =>
        net.node("ConvTranspose", [x, net.weights(shape, weights, [1])], { strides: [1, 2], ...attributes }),
      ).outputs[0];
    // Pixels (0, 2) and (1, 3): each spreads (1, 10) or (100 · channel 1).
    assert.deepEqual(transposed({}, [1, 10, 2, 3], [2, 1, 1, 2]), [4, 6, 7, 19]);
    assert.deepEqual(transposed({ group: 2 }, [1, 10, 2, 3], [2, 1, 1, 2]), [0, 0, 1, 10, 4, 6, 6, 9]);
    assert.deepEqual(transposed({ pads: [0, 1, 0, 0] }, [1, 10, 2, 3], [2, 1, 1, 2]), [6, 7, 19]);
    assert.deepEqual(transposed({ output_padding: [0, 1] }, [1, 10, 2, 3], [2, 1, 1, 2]), [4, 6, 7, 19, 0]);
    assert.deepEqual(
      transposed({ output_shape: [1, 3], auto_pad: "SAME_UPPER" }, [1, 10, 2, 3], [2, 1, 1, 2]),
      [4, 6, 7],
    );
  });

  it("pools", () => {
    const row = [1, 1, 1, 5];
    const pool = (type: string, attributes: Readonly<Record<string, AttributeSpec>>) =>
      run(row, (net, x) => net.node(type, [x], attributes), Float32Array.of(10, 20, -40, 30, 60)).outputs[0];
    assert.deepEqual(
      pool("MaxPool", { kernel_shape: [1, 2], strides: [1, 2], pads: [0, 1, 0, 0] }),
      [10, 20, 60],
    );
    assert.deepEqual(pool("MaxPool", { kernel_shape: [1, 2], strides: [1, 2], ceil_mode: 1 }), [20, 30, 60]);
    assert.deepEqual(
      pool("AveragePool", { kernel_shape: [1, 2], strides: [1, 2], pads: [0, 1, 0, 0] }),
      [10, -10, 45],
    );
    const padded = { kernel_shape: [1, 2], strides: [1, 2], pads: [0, 1, 0, 0], count_include_pad: 1 };
    assert.deepEqual(pool("AveragePool", padded), [5, -10, 45]);
    assert.deepEqual(pool("GlobalMaxPool", {}), [60]);
    assert.deepEqual(pool("GlobalAveragePool", {}), [16]);
  });

  it("reductions, over any dimensions and layouts", () => {
    assert.deepEqual(node([2, 3], "ReduceMax", undefined, { axes: [0], keepdims: 0 }), [3, 4, 5]);
    assert.deepEqual(node([2, 3], "ReduceMin", undefined, { axes: [-1] }), [0, 3]);
    assert.deepEqual(
      node([2, 3], "ReduceSum", (net) => [net.whole(1)]),
      [3, 12],
    );
    assert.deepEqual(node([3, 3], "ReduceMean"), [4]);
    const mean = run([1, 2, 1, 3], (net, x) => {
      const conv = net.coded(net.node("Conv", [x, net.weights([2, 2, 1, 1], [1, 0, 0, 1], [1])]), 1);
      return net.node("ReduceMean", [conv], { axes: [3], keepdims: 0 });
    });
    assert.deepEqual(
      [mean.outputs[0], mean.shapes[0]],
      [
        [1, 4],
        [1, 2, 1],
      ],
    );
  });

  it("extrema, conditions and choices", () => {
    const values = Float32Array.of(-2, 5, 0, 7);
    const { outputs } = run(
      [4],
      (net, x) => {
        const shifted = net.coded(net.node("Neg", [x]), 1);
        const three = net.constant("float32", [], [3]);
        const positive = net.node("Greater", [x, shifted]);
        const large = net.node("And", [
          positive,
          net.node("Not", [
            net.node("Less", [x, net.coded(net.node("Abs", [net.node("Sub", [x, net.real(12)])]), 1)]),
          ]),
        ]);
        return [
          net.node("Max", [x, shifted, three]),
          net.node("Min", [x, three]),
          net.node("Where", [positive, x, net.constant("float32", [1], [-100])]),
          net.node("Where", [large, shifted, x]),
        ];
      },
      values,
    );
    assert.deepEqual(outputs, [
      [3, 5, 3, 7],
      [-2, 3, 0, 3],
      [-100, 5, -100, 7],
      [-2, 5, 0, -7],
    ]);
  });

  it("factors and summands for each channel, one after the other, as one depthwise convolution", () => {
    const { outputs, kinds } = run([1, 2, 3], (net, x) => {
      const scaled = net.node("Mul", [x, net.constant("float32", [2, 1], [2, -3])]);
      return net.node("Sub", [
        net.node("Add", [scaled, net.constant("float32", [1, 2, 1], [1, 50])]),
        net.real(1),
      ]);
    });
    assert.deepEqual(outputs[0], [0, 2, 4, 40, 37, 34]);
    const own = kinds.filter((kind) => kind !== "reshape" && kind !== "transpose");
    assert.deepEqual(own, ["quantize", "depthwise_conv_2d", "dequantize"]);
  });

  it("layer normalization, as one node or spelled out, over any dimensions at the end", () => {
    const rows = Float32Array.of(1, 3, 1, 3, 0, 40, 0, 40);
    const parameters = (net: Net) => [net.real(10, 20, 30, 40), net.real(0, 0, 1, 1)] as const;
    const wanted = [-10, 20, -29, 41, -10, 20, -29, 41];
    const one = run(
      [2, 4],
      (net, x) => net.node("LayerNormalization", [x, ...parameters(net)], { epsilon: { float: 1e-12 } }),
      rows,
    );
    assert.deepEqual(
      [one.outputs[0], one.kinds],
      [wanted, ["quantize", "layer_normalization", "dequantize"]],
    );
    for (const reciprocal of [false, true]) {
      const spelled = run(
        [2, 4],
        (net, x) => {
          const centred = net.node("Sub", [x, net.node("ReduceMean", [x], { axes: [-1] })]);
          const square = reciprocal
            ? net.node("Mul", [centred, centred])
            : net.node("Pow", [centred, net.constant("float32", [], [2])]);
          const variance = net.node("ReduceMean", [square], { axes: [-1] });
          const root = net.node("Sqrt", [net.node("Add", [variance, net.constant("float32", [], [1e-12])])]);
          const normal = reciprocal
            ? net.node("Mul", [net.node("Reciprocal", [root]), centred])
            : net.node("Div", [centred, root]);
          const [scale, bias] = parameters(net);
          return net.node("Add", [bias, net.node("Mul", [normal, scale])]);
        },
        rows,
      );
      assert.deepEqual([spelled.outputs[0], spelled.kinds], [wanted, one.kinds]);
    }
  });

  it("products of activations, transposed as they lie in memory", () => {
    const { outputs, kinds } = run([1, 2, 3], (net, x) =>
      net.node("MatMul", [x, net.node("Transpose", [x], { perm: [0, 2, 1] })]),
    );
    assert.deepEqual(
      [outputs[0], kinds],
      [
        [5, 14, 14, 50],
        ["quantize", "batch_matmul", "dequantize"],
      ],
    );
  });

  it("recurrent layers of both directions", () => {
    const net = new Net();
    const x = net.coded(net.input("x", [3, 1, 2]), 1 / 64);
    const weights = net.constant("float32", [2, 2, 2], [1, 0, 0, 1, 0, 1, 1, 0]);
    const state = net.constant("float32", [2, 2, 2], new Array(8).fill(0));
    const all = net.node(
      "RNN",
      [x, weights, state],
      { hidden_size: 2, direction: "bidirectional" },
      { outputs: 2 },
    );
    net.output(net.coded(all, 1 / 128)).output(net.coded("t2_1", 1 / 128));
    const graph = importModel(net.bytes(), { file: "net.onnx" });
    const input = Float32Array.of(0.5, -0.5, 0.25, 0, 1, -1);
    const [sequence = [], last = []] = evaluateGraph(graph, [input]).map((v) =>
      Array.from(v as ArrayLike<number>),
    );
    // [steps, directions, batch, units]: without state weights each step stands for itself.
    const wanted = [0.5, -0.5, -0.5, 0.5, 0.25, 0, 0, 0.25, 1, -1, -1, 1].map(Math.tanh);
    wanted.forEach((value, index) => {
      assert.ok(
        Math.abs(value - (sequence[index] ?? 9)) <= 1 / 128,
        `${index}: ${sequence[index]}, not ${value}`,
      );
    });
    assert.deepEqual(last, [...sequence.slice(8, 10), ...sequence.slice(2, 4)]);
  });
});
