/** ONNX's operators along a dimension and casts, on numbers in steps of 1: results were compared with onnxruntime 1.23's. */

import assert from "node:assert/strict";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { importModel } from "../../codegen/import/index.ts";
import { type AttributeSpec, type ElementType, OnnxBuilder } from "./onnx_writer.ts";

type Attributes = Readonly<Record<string, AttributeSpec>>;

interface Results {
  readonly outputs: number[][];
  readonly kinds: string[];
  readonly shapes: (readonly number[])[];
}

/** Runs one node on values in steps of 1 from zero point 3; outputs of float32 are coded in steps of `step`. */
function run(
  type: string,
  [shape, input]: readonly [readonly number[], readonly number[]],
  attributes: Attributes = {},
  {
    constants = [] as readonly number[][],
    types = ["float32"] as readonly ElementType[],
    step = 1,
    opset = 17,
    convolved = false,
  } = {},
): Results {
  const net = new OnnxBuilder(opset);
  let x = net.coded(net.input("x", shape), 1, 3);
  // Through a convolution, after which the map lies in the kernels' order.
  const same = net.weights([2, 2, 1, 1], [1, 0, 0, 1], [1]);
  if (convolved) x = net.coded(net.node("Conv", [x, same]), 1, 3);
  const more = constants.map((values) => net.constant("int64", [values.length], values));
  const first = net.node(type, [x, ...more], attributes, { outputs: types.length });
  types.forEach((of, k) => {
    const name = k === 0 ? first : `${first}_${k}`;
    net.output(of === "float32" ? net.coded(name, step, -5) : name, of);
  });
  const graph = importModel(net.bytes(), { file: "net.onnx" });
  return {
    outputs: evaluateGraph(graph, [Float32Array.from(input)]).map((values) => Array.from(values, Number)),
    kinds: graph.operators.map(({ kind }) => kind),
    shapes: graph.outputs.map((id) => graph.tensors[id]?.shape ?? []),
  };
}

const MAP = [
  [1, 2, 2, 2],
  [5, 1, 3, 9, 5, 7, 3, 0],
] as const;

describe("ONNX operators along a dimension", () => {
  it("ArgMax and ArgMin: the first of equal values, whatever the layout", () => {
    for (const convolved of [false, true]) {
      const options = { types: ["int64"], convolved } as const;
      const most = run("ArgMax", MAP, { axis: 1, keepdims: 0 }, options);
      assert.deepEqual([most.outputs, most.shapes], [[[0, 1, 0, 0]], [[1, 2, 2]]]);
      const least = run("ArgMin", MAP, { axis: -1 }, options);
      assert.deepEqual([least.outputs, least.shapes], [[[1, 0, 0, 1]], [[1, 2, 2, 1]]]);
      assert.equal(most.kinds.includes("transpose"), convolved);
    }
    assert.throws(
      () => run("ArgMax", MAP, { select_last_index: 1 }, { types: ["int64"] }),
      /\(ArgMax "n\d"\): expects the first index of equal values, found select_last_index 1/,
    );
  });

  it("TopK: the largest or the smallest, their indices, along any dimension", () => {
    const options = { constants: [[2]], types: ["float32", "int64"] satisfies ElementType[] };
    const rows = [
      [2, 4],
      [3, 9, 3, 1, -4, 0, -4, 7],
    ] as const;
    assert.deepEqual(run("TopK", rows, {}, options).outputs, [
      [9, 3, 7, 0],
      [1, 0, 3, 1],
    ]);
    assert.deepEqual(run("TopK", rows, { largest: 0 }, options).outputs, [
      [1, 3, -4, -4],
      [3, 0, 0, 2],
    ]);
    const first = { ...options, constants: [[1]] };
    const columns = run("TopK", rows, { axis: 0 }, first);
    assert.deepEqual(
      [columns.outputs, columns.shapes[1]],
      [
        [
          [3, 9, 3, 7],
          [0, 0, 0, 1],
        ],
        [1, 4],
      ],
    );
  });

  it("CumSum: exact sums, rounded once", () => {
    const rows = [
      [2, 3],
      [1, 2, 4, -8, 16, 32],
    ] as const;
    const along = { constants: [[1]] };
    assert.deepEqual(run("CumSum", rows, {}, along).outputs, [[1, 3, 7, -8, 8, 40]]);
    assert.deepEqual(run("CumSum", rows, { exclusive: 1 }, along).outputs, [[0, 1, 3, 0, -8, 8]]);
    assert.deepEqual(run("CumSum", rows, { reverse: 1 }, along).outputs, [[7, 6, 4, 40, 48, 32]]);
    // 100 values of −100: TFLite Micro's sums of 20 more bits leave int32 after sixteen.
    const long = run("CumSum", [[1, 100], new Array<number>(100).fill(-100)], {}, { ...along, step: 100 });
    assert.deepEqual(
      long.outputs[0],
      Array.from({ length: 100 }, (_, index) => -100 * (index + 1)),
    );
    assert.throws(() => run("CumSum", rows, {}, { ...along, step: 1e-9 }), /results below 2\^30 steps/);
  });

  it("reductions by products, squares, magnitudes and exponentials, in float32", () => {
    const rows = [
      [2, 2],
      [3, 4, -1, 2],
    ] as const;
    const reduced = (type: string, step = 1) =>
      run(type, rows, { axes: [1], keepdims: 0 }, { step }).outputs[0];
    assert.deepEqual(reduced("ReduceProd"), [12, -2]);
    assert.deepEqual(reduced("ReduceSumSquare"), [25, 5]);
    assert.deepEqual(reduced("ReduceL1"), [7, 3]);
    assert.deepEqual(reduced("ReduceL2", 0.5), [5, 2]);
    assert.deepEqual(reduced("ReduceLogSumExp", 0.125), [4.375, 2]);
    const { kinds } = run(
      "ReduceLogSum",
      [
        [1, 2],
        [3, 5],
      ],
      { axes: [1] },
    );
    assert.deepEqual(kinds, ["quantize", "dequantize", "sum", "log", "quantize", "dequantize"]);
  });

  it("reductions of constants, when the model is read", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [2, 2]), 1);
    const table = net.constant("float32", [2, 3], [3, 1, 2, -1, 5, 2]);
    const reduced = (type: string) => net.node(type, [table], { axes: [1] });
    for (const type of ["ReduceMax", "ReduceMin", "ReduceMean", "ReduceProd", "ReduceL1", "ReduceSumSquare"])
      net.output(net.coded(net.node("Add", [x, reduced(type)]), 1));
    const all = net.node("ReduceProd", [net.node("Shape", [x])], { keepdims: 0 });
    const sum = net.node("ReduceSum", [table, net.constant("int64", [1], [0])], { keepdims: 0 });
    net.output(net.coded(net.node("Mul", [x, net.node("Cast", [all], { to: 1 })]), 1));
    net.output(net.coded(net.node("Add", [x, net.node("ReduceMax", [sum], { axes: [0] })]), 1));
    const graph = importModel(net.bytes(), { file: "net.onnx" });
    const outputs = evaluateGraph(graph, [Float32Array.of(10, 20, 30, 40)]);
    assert.deepEqual(
      outputs.map((values) => Array.from(values, Number)),
      [
        [13, 23, 35, 45],
        [11, 21, 29, 39],
        [12, 22, 32, 42],
        [16, 26, 20, 30],
        [16, 26, 38, 48],
        [24, 34, 60, 70],
        [40, 80, 120, 127],
        [16, 26, 36, 46],
      ],
    );
  });

  it("Cast: the numbers behind the integers, by a table where int8 holds them", () => {
    const cast = (scale: number, to: number, type: ElementType) => {
      const net = new OnnxBuilder();
      const x = net.coded(net.input("x", [1, 4]), scale, 3);
      const graph = importModel(net.output(net.node("Cast", [x], { to }), type).bytes(), {
        file: "net.onnx",
      });
      const [output] = evaluateGraph(graph, [Float32Array.of(-3.5, 0, 3.5, 60)]);
      return [Array.from(output ?? [], Number), graph.operators.map(({ kind }) => kind).slice(1, 3)];
    };
    assert.deepEqual(cast(0.5, 7, "int64"), [
      [-3, 0, 3, 60],
      ["lookup_table", "cast"],
    ]);
    assert.deepEqual(cast(3.5, 6, "int32"), [
      [-3, 0, 3, 59],
      ["dequantize", "cast"],
    ]);
    assert.deepEqual(cast(3.5, 9, "bool"), [
      [1, 0, 1, 1],
      ["lookup_table", "cast"],
    ]);
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 4]), 2.5);
    const large = net.node("Cast", [x], { to: 6 });
    net.output(large, "int32").output(net.coded(net.node("Cast", [large], { to: 1 }), 2));
    const positive = net.node("Greater", [x, net.constant("float32", [], [0])]);
    net.output(net.node("Cast", [positive], { to: 1 }));
    const graph = importModel(net.bytes(), { file: "net.onnx" });
    const [integers, real, mask] = evaluateGraph(graph, [Float32Array.of(-300, -2.5, 2.5, 317.5)]);
    assert.deepEqual(Array.from(integers ?? [], Number), [-300, -2, 2, 317]);
    assert.deepEqual(Array.from(real ?? [], Number), [-256, -2, 2, 254]);
    assert.deepEqual(Array.from(mask ?? [], Number), [0, 0, 1, 1]);
  });

  it("Trilu of constants: masks", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [3, 3]), 1);
    const ones = net.constant("float32", [3, 3], new Array<number>(9).fill(1));
    const above = net.node("Trilu", [ones, net.constant("int64", [], [1])], { upper: 1 });
    const below = net.node("Trilu", [ones], { upper: 0 });
    net.output(net.coded(net.node("Add", [net.node("Mul", [x, below]), above]), 1));
    const graph = importModel(net.bytes(), { file: "net.onnx" });
    const [output] = evaluateGraph(graph, [Float32Array.from({ length: 9 }, (_, index) => index + 2)]);
    assert.deepEqual(Array.from(output ?? [], Number), [2, 1, 1, 5, 6, 1, 8, 9, 10]);
  });
});
