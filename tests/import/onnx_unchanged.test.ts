/** Nodes of ONNX files that leave numbers as they are, and constants of any size. */

import assert from "node:assert/strict";
import { endsOf } from "../../codegen/graph/ends.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { importModel } from "../../codegen/import/index.ts";
import { OnnxBuilder } from "./onnx_writer.ts";

const imported = (net: OnnxBuilder) => importModel(net.bytes(), { file: "net.onnx" });

describe("ONNX nodes that leave numbers as they are", () => {
  for (const [type, attributes] of [
    ["Cast", { to: 1 }],
    ["Cast", { to: 10 }],
    ["Identity", {}],
    ["Dropout", {}],
  ] as const) {
    it(`${type} to ${JSON.stringify(attributes)}: at the input, inside and at the output`, () => {
      const net = new OnnxBuilder();
      const same = (x: string) => net.node(type, [x], attributes);
      const x = net.coded(same(net.input("x", [1, 4])), 0.5);
      const y = net.coded(net.node("Relu", [same(x)]), 0.5);
      const back = type === "Cast" ? net.node("Cast", [same(y)], { to: 1 }) : same(y);
      const graph = imported(net.output(back));
      assert.deepEqual(
        graph.operators.map(({ kind }) => kind),
        ["quantize", "lookup_table", "dequantize"],
      );
      assert.deepEqual(graph.tensors[graph.outputs[0] ?? -1]?.name, back);
      assert.deepEqual(
        evaluateGraph(graph, [Float32Array.of(-3, 0.2, 1.3, 60)]).map((values) => Array.from(values, Number)),
        [[0, 0, 1.5, 60]],
      );
    });
  }

  it("constants keep the precision of the type that they are cast to", () => {
    const net = new OnnxBuilder();
    const x = net.coded(net.input("x", [1, 1]), 1);
    const third = net.node("Cast", [net.constant("int64", [1], [7])], { to: 1 });
    net.output(net.coded(net.node("Add", [x, third]), 1));
    const [output] = evaluateGraph(imported(net), [Float32Array.of(2)]);
    assert.deepEqual(Array.from(output ?? [], Number), [9]);
  });
});

describe("large constants", () => {
  it("beside activations, where nothing codes the result", () => {
    const net = new OnnxBuilder();
    const shape = [2, 100_000];
    const values = Array.from({ length: 200_000 }, (_, index) => (index % 7) - 3);
    const x = net.coded(net.input("x", shape), 0.5);
    const bias = net.weights(shape, values, [0.5]);
    net.output(net.node("Add", [x, bias]));
    const graph = imported(net);
    // −64 to 63.5 and −1.5 to 1.5 are 130.5 together: 255 steps of 0.5098.
    const scale = graph.tensors[graph.operators.at(-1)?.inputs[0] ?? -1]?.quantization?.scales[0];
    assert.equal(scale, Math.fround(130.5 / 255));
  });

  it("have two ends, whatever their size", () => {
    assert.deepEqual(endsOf(new Float32Array(300_000).fill(2).fill(-5, 7, 8).fill(9, 299_999)), [-5, 9]);
    assert.deepEqual(endsOf([]), [Infinity, -Infinity]);
    assert.deepEqual(endsOf([1, Number.NaN, 2]), [Number.NaN, Number.NaN]);
  });
});
