/** What ONNX's operators that move elements do, worked out by hand. */

import assert from "node:assert/strict";
import { count, type Net, node, run } from "./onnx_steps.ts";
import type { AttributeSpec } from "./onnx_writer.ts";

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
