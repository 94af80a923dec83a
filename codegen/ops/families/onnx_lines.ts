/** ONNX's operators along one dimension: indices of extrema, the largest values in order, running sums. */

import { require } from "../../error.ts";
import type { CumsumAttributes } from "../cumsum.ts";
import type { OnnxNode, OnnxOperand, OnnxReader, OnnxResults, OnnxSpelling } from "../onnx_spelling.ts";
import type { ArgAttributes } from "./arg_extremum.ts";
import { inOrder } from "./onnx_moves.ts";
import { reducedGroups, reducedShape } from "./onnx_reduce.ts";
import { constantInput, inputShape, sameShape } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";

function axisOption(node: OnnxNode, standard: number): number {
  return axisOf(node.integer("axis", standard), inputShape(node).length);
}

function argExtremum(name: string): OnnxSpelling<ArgAttributes> {
  return {
    name,
    shapes(node) {
      require(node.integer("select_last_index", 0) === 0, () =>
        "expects the first index of equal values, found select_last_index 1. Export the model without it.");
      return [reducedShape(node, [axisOption(node, 0)])];
    },
    type: () => "int64",
    read(node) {
      const { input, order } = inOrder(node);
      const axis = axisOption(node, 0);
      return {
        attributes: { axis: order.indexOf(axis), keepDims: true },
        inputs: [input],
        outputs: [reducedGroups(node, order, [axis])],
      };
    },
  };
}

export const ONNX_ARG_MAX = argExtremum("ArgMax");
export const ONNX_ARG_MIN = argExtremum("ArgMin");

/** −1 − q for each int8 integer q: turns their order around. */
const OPPOSITE = { table: Array.from({ length: 256 }, (_, index) => 127 - index) };

function largest(node: OnnxNode): { axis: number; count: number } {
  const [count = 0] = constantInput(node, 1, "number of values").values;
  return { axis: axisOption(node, -1), count };
}

/** Values in order and their indices; the smallest are the largest of the opposites. */
function readTopK(node: OnnxReader): OnnxResults {
  const { axis, count } = largest(node);
  const rows = node.order(0).filter((dim) => dim !== axis);
  const groups = [...rows.map((dim) => [dim]), [axis]];
  const input = node.arranged(0, groups);
  const name = node.outputs[0]?.name || node.outputs[1]?.name || "topk";
  const isSmallest = node.integer("largest", 1) === 0;
  const turned = (operand: OnnxOperand | undefined, what: string) => {
    if (!isSmallest || !operand) return operand;
    const { shape, dtype, quantization } = operand.tensor;
    require(dtype === "int8", () =>
      `expects int8 where the smallest values are asked for, found ${dtype}. Quantize the model to int8.`);
    const tensor = { shape, dtype, ...(quantization ? { quantization } : {}) };
    return node.emit("lookup_table", OPPOSITE, [operand], [tensor], `${name}/${what}`)[0];
  };
  const { dtype, quantization } = input.tensor;
  const shape = groups.map((_, place) => (place < rows.length ? (input.tensor.shape[place] ?? 1) : count));
  const types = [
    { dtype, ...(quantization ? { quantization } : {}), shape },
    { dtype: "int32" as const, shape },
  ];
  const [values, indices] = node.emit("topk", { count }, [turned(input, "turned")], types, name);
  const [wide] = node.emit("cast", {}, [indices], [{ dtype: "int64", shape }], `${name}/indices`);
  const first = turned(values, "values");
  return {
    results: [first && { operand: first, storage: groups }, wide && { operand: wide, storage: groups }],
  };
}

export const ONNX_TOP_K: OnnxSpelling<never> = {
  name: "TopK",
  shapes(node) {
    const { axis, count } = largest(node);
    const shape = inputShape(node).map((size, d) => (d === axis ? count : size));
    return [shape, shape];
  },
  type: (node, output) => (output === 0 ? (node.inputs[0]?.type ?? "float32") : "int64"),
  coding: "keeps",
  carries: [0],
  read: readTopK,
};

export const ONNX_CUMSUM: OnnxSpelling<CumsumAttributes> = {
  name: "CumSum",
  shapes: sameShape,
  read(node) {
    const { input, order, groups } = inOrder(node);
    const [axis = 0] = constantInput(node, 1, "axis").values;
    return {
      attributes: {
        axis: order.indexOf(axisOf(axis, order.length)),
        exclusive: node.integer("exclusive", 0) !== 0,
        reverse: node.integer("reverse", 0) !== 0,
        rounding: "once",
      },
      inputs: [input],
      outputs: [groups],
    };
  },
};
