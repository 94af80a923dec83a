/** ONNX's LayerNormalization, over the dimensions from `axis` on. */

import { require } from "../../error.ts";
import { bytesOf } from "../../graph/tensor.ts";
import type {
  OnnxConstant,
  OnnxFusion,
  OnnxOperand,
  OnnxPattern,
  OnnxReader,
  OnnxReading,
  OnnxSpelling,
  OnnxTensor,
} from "../onnx_spelling.ts";
import { constantInput, inputShape, sameShape } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";

interface Attributes {
  readonly epsilon: number;
}

function read(node: OnnxReader): OnnxReading<Attributes> {
  const shape = inputShape(node);
  const axis = axisOf(node.integer("axis", -1), shape.length);
  const inner = shape.flatMap((_, d) => (d < axis ? [] : [d]));
  // Rows may come in any order, and so may the values of a row, with their scales and biases.
  const outer = node.order(0).filter((dim) => dim < axis);
  const groups = [...outer.map((dim) => [dim]), inner];
  const input = node.arranged(0, groups, outer.length);
  const parameters = (position: number, what: string): OnnxOperand => {
    const { values } = constantInput(node, position, what);
    require(values.length === 1 || values.length === input.columns.length, () =>
      `expects a ${what} of ${input.columns.length} values, found ${values.length}. The file may be damaged; re-export it.`);
    const data = Float32Array.from(input.columns, (column) => values[values.length === 1 ? 0 : column] ?? 0);
    const name = node.inputs[position]?.name ?? what;
    return node.constant({ shape: [data.length], dtype: "float32", data: bytesOf(data) }, name);
  };
  const scale = parameters(1, "scale");
  const inputs = node.inputs[2] ? [input, scale, parameters(2, "bias")] : [input, scale];
  return { attributes: { epsilon: node.float("epsilon", 1e-5) }, inputs, outputs: [groups] };
}

/** x − mean, its square one way or the other, and the quotient by the root one way or the other. */
function patterns(): OnnxFusion[] {
  const centred: OnnxPattern = {
    op: "Sub",
    inputs: ["x", { op: "ReduceMean", inputs: ["x"], as: "mean" }],
    as: "centred",
  };
  const squares: readonly OnnxPattern[] = [
    { op: "Pow", inputs: ["centred", "two"] },
    { op: "Mul", inputs: ["centred", "centred"] },
  ];
  const quotients = squares.flatMap((square): OnnxPattern[] => {
    const variance: OnnxPattern = { op: "ReduceMean", inputs: [square] };
    const root: OnnxPattern = {
      op: "Sqrt",
      inputs: [{ op: "Add", inputs: [variance, "epsilon"], commutes: true }],
    };
    return [
      { op: "Div", inputs: [centred, root] },
      { op: "Mul", inputs: [centred, { op: "Reciprocal", inputs: [root] }], commutes: true },
    ];
  });
  return quotients.flatMap((quotient) => {
    const scaled: OnnxPattern = { op: "Mul", inputs: [quotient, "scale"], commutes: true };
    const whole: OnnxPattern = { op: "Add", inputs: [scaled, "bias"], commutes: true };
    return [whole, scaled, quotient].map((pattern) => ({ pattern, replacement }));
  });
}

/** The node that a spelled out one stands for, where it is over the last dimension and its parameters are constant. */
function replacement(bound: ReadonlyMap<string, OnnxTensor>) {
  const [x, mean, epsilon] = ["x", "mean", "epsilon"].map((name) => bound.get(name));
  const two = bound.get("two")?.constant?.values[0] ?? 2;
  const depth = x?.shape.at(-1) ?? 0;
  const last = mean?.shape.join() === [...(x?.shape.slice(0, -1) ?? []), 1].join();
  const value = epsilon?.constant?.values[0];
  const isRow = ({ shape, constant }: OnnxTensor) =>
    shape.at(-1) === depth && constant?.values.length === depth;
  const parameters = ["scale", "bias"].flatMap((name) => bound.get(name) ?? []);
  if (!x || !last || two !== 2 || value === undefined || !parameters.every(isRow)) return undefined;
  const scale = bound.get("scale") ?? ones(depth);
  return { inputs: [x, scale, ...parameters.slice(1)], floats: { epsilon: value } };
}

function ones(depth: number): OnnxTensor {
  const constant: OnnxConstant = { shape: [depth], type: "float32", values: new Float32Array(depth).fill(1) };
  return { name: "ones", shape: [depth], type: "float32", constant };
}

export const ONNX_LAYER_NORMALIZATION: OnnxSpelling<Attributes> = {
  name: "LayerNormalization",
  shapes: (node) => {
    require(node.outputs.length <= 1, () =>
      `expects one output, found ${node.outputs.length}. Export the model without mean and deviation.`);
    return sameShape(node);
  },
  patterns: patterns(),
  read,
};
