/** ONNX's Cast: quantized numbers stay what they are until they are to be whole. */

import { require } from "../../error.ts";
import type { OnnxNode, OnnxSpelling, OnnxType } from "../onnx_spelling.ts";
import { sameShape } from "./onnx_shapes.ts";

/** `TensorProto.DataType`, of the types that a network casts to. */
const TYPES: Readonly<Record<number, OnnxType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

const REAL: readonly OnnxType[] = ["float32", "float64", "float16", "bfloat16"];
const WHOLE: readonly OnnxType[] = ["uint8", "int8", "uint16", "int16", "int32", "int64", "uint32", "uint64"];

function target(node: OnnxNode): OnnxType {
  const type = TYPES[node.integer("to", 0)];
  require(type !== undefined, () =>
    `expects a type of numbers to cast to, found ${node.integer("to", 0)}. Re-export the model.`);
  return type;
}

export const ONNX_CAST: OnnxSpelling<Readonly<Record<string, never>>> = {
  name: "Cast",
  shapes: sameShape,
  type: target,
  same: (node) => REAL.includes(node.inputs[0]?.type ?? "bool") && REAL.includes(target(node)),
  real(node) {
    const type = target(node);
    if (type === "bool") return (value = 0) => Number(value !== 0);
    return WHOLE.includes(type) ? Math.trunc : (value = 0) => value;
  },
  read(node) {
    const { operands, storage } = node.together([0]);
    return { attributes: {}, inputs: operands, outputs: [storage] };
  },
};
