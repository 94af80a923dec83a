/** What ONNX's operators do, on numbers that int8 holds exactly: steps of 1, so that results can be worked out by hand. */

import assert from "node:assert/strict";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import type { Values } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { type AttributeSpec, OnnxBuilder } from "./onnx_writer.ts";

/** 0, 1, 2, … */
const count = (length: number) => Float32Array.from({ length }, (_, index) => index);

class Net extends OnnxBuilder {
  whole(...values: number[]): string {
    return this.constant("int64", [values.length], values);
  }

  real(...values: number[]): string {
    return this.constant("float32", [values.length], values);
  }
}

interface Run {
  readonly outputs: number[][];
  readonly shapes: (readonly number[])[];
  readonly kinds: string[];
}

/** Runs a network of one coded input in steps of 1; its outputs are coded likewise. */
function run(
  shape: readonly number[],
  build: (net: Net, x: string) => string | readonly string[],
  input: Values = count(shape.reduce((a, b) => a * b, 1)),
): Run {
  const net = new Net();
  const x = net.coded(net.input("x", shape), 1);
  const results = build(net, x);
  for (const name of typeof results === "string" ? [results] : results) net.output(net.coded(name, 1));
  const graph = importModel(net.bytes(), { file: "net.onnx" });
  return {
    outputs: evaluateGraph(graph, [input]).map((values) => Array.from(values as ArrayLike<number>)),
    shapes: graph.outputs.map((id) => graph.tensors[id]?.shape ?? []),
    kinds: graph.operators.map(({ kind }) => kind),
  };
}

/** The only output of one node. */
function node(
  shape: readonly number[],
  type: string,
  more: (net: Net) => readonly string[] = () => [],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
): number[] {
  return run(shape, (net, x) => net.node(type, [x, ...more(net)], attributes)).outputs[0] ?? [];
}

describe("ONNX operators that move elements", () => {
  it("join, cut and pick along any dimension, whatever the layout", () => {
    const { outputs, shapes } = run([1, 2, 2, 1], (net, x) => {
      const conv = net.coded(net.node("Conv", [x, net.weights([3, 2, 1, 1], [1, 0, 0, 1, 1, 1], [1])]), 1);
      const joined = net.node("Concat", [conv, x, net.weights([1, 1, 2, 1], [70, 71], [1])], { axis: 1 });
      const first = net.node("Split", [joined, net.whole(1, 5)], { axis: 1 }, { outputs: 2 });
      const sliced = net.node("Slice", [joined, net.whole(-1), net.whole(-9), net.whole(1), net.whole(-2)]);
      return [
        joined,
        first,
        sliced,
        net.node("Gather", [joined, net.constant("int64", [], [-2])], { axis: 1 }),
      ];
    });
    // Channels (0, 1), (2, 3), their sum, x again and a constant.
    assert.deepEqual(outputs[0], [0, 1, 2, 3, 2, 4, 0, 1, 2, 3, 70, 71]);
    assert.deepEqual(outputs[1], [0, 1]);
    assert.deepEqual(outputs[2], [70, 71, 0, 1, 2, 3]);
    assert.deepEqual(
      [outputs[3], shapes[3]],
      [
        [2, 3],
        [1, 2, 1],
      ],
    );
  });

  it("repeat, spread and pad", () => {
    assert.deepEqual(
      node([1, 2], "Tile", (net) => [net.whole(2, 2)]),
      [0, 1, 0, 1, 0, 1, 0, 1],
    );
    assert.deepEqual(
      node([2, 1], "Expand", (net) => [net.whole(2, 1, 3)]),
      [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1],
    );
    const pads = (net: Net) => [net.whole(0, 2, 0, 1), net.constant("float32", [], [9])];
    assert.deepEqual(node([1, 3], "Pad", pads), [9, 9, 0, 1, 2, 9]);
    assert.deepEqual(node([1, 3], "Pad", pads, { mode: "reflect" }), [2, 1, 0, 1, 2, 1]);
    assert.deepEqual(node([1, 3], "Pad", pads, { mode: "edge" }), [0, 0, 0, 1, 2, 2]);
    assert.deepEqual(node([1, 3], "Pad", pads, { mode: "wrap" }), [1, 2, 0, 1, 2, 0]);
  });

  it("turn depth into space and back", () => {
    const dcr = node([1, 4, 1, 2], "DepthToSpace", undefined, { blocksize: 2 });
    assert.deepEqual(dcr, [0, 2, 1, 3, 4, 6, 5, 7]);
    const crd = run([1, 8, 1, 1], (net, x) => net.node("DepthToSpace", [x], { blocksize: 2, mode: "CRD" }));
    assert.deepEqual(
      [crd.outputs[0], crd.shapes[0]],
      [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [1, 2, 2, 2],
      ],
    );
    const back = run([1, 4, 1, 2], (net, x) =>
      net.node("SpaceToDepth", [net.node("DepthToSpace", [x], { blocksize: 2 })], { blocksize: 2 }),
    );
    assert.deepEqual([back.outputs[0], back.kinds], [Array.from(count(8)), ["quantize", "dequantize"]]);
  });

  it("resize maps", () => {
    const nearest = (attributes: Readonly<Record<string, AttributeSpec>>) =>
      node([1, 1, 1, 4], "Resize", (net) => ["", "", net.whole(1, 1, 1, 6)], attributes);
    assert.deepEqual(
      nearest({ coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" }),
      [0, 0, 1, 2, 2, 3],
    );
    assert.deepEqual(
      nearest({ coordinate_transformation_mode: "asymmetric", nearest_mode: "ceil" }),
      [0, 1, 2, 2, 3, 3],
    );
    // Places −1/6, 1/2, 7/6, 11/6, 5/2, 19/6: halves go down.
    assert.deepEqual(nearest({}), [0, 0, 1, 2, 2, 3]);
    const linear = run(
      [1, 1, 1, 3],
      (net, x) => net.node("Resize", [x, "", net.real(1, 1, 1, 2)], { mode: "linear" }),
      Float32Array.of(0, 40, 80),
    );
    assert.deepEqual(linear.outputs[0], [0, 10, 30, 50, 70, 80]);
  });

  it("are none where shapes are computed", () => {
    const { outputs, kinds } = run([2, 3], (net, x) => {
      const shape = net.node("Shape", [x]);
      const rows = net.node("Gather", [shape, net.constant("int64", [], [0])]);
      const half = net.node("Div", [
        net.node("Mul", [rows, net.constant("int64", [], [3])]),
        net.constant("int64", [], [2]),
      ]);
      const list = net.node("Concat", [net.node("Unsqueeze", [half, net.whole(0)]), net.whole(-1)], {
        axis: 0,
      });
      const ones = net.node("ConstantOfShape", [net.whole(2)], {
        value: { tensor: { type: "float32", shape: [1], values: [1] } },
      });
      const steps = net.node(
        "Cast",
        [
          net.node("Range", [
            net.constant("int64", [], [0]),
            net.constant("int64", [], [2]),
            net.constant("int64", [], [1]),
          ]),
        ],
        { to: 1 },
      );
      return net.node("Add", [net.node("Reshape", [x, list]), net.node("Add", [ones, steps])]);
    });
    assert.deepEqual(
      [outputs[0], kinds],
      [
        [1, 3, 3, 5, 5, 7],
        ["quantize", "reshape", "add", "dequantize"],
      ],
    );
  });
});

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
