/** ONNX's Cast: quantized numbers stay what they are until they are to be whole. */

import { require } from "../../error.ts";
import { type Coding, codedAs, realsOf } from "../../graph/coding.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type {
  OnnxNode,
  OnnxReader,
  OnnxReading,
  OnnxResults,
  OnnxSpelling,
  OnnxType,
} from "../onnx_spelling.ts";
import { sameShape } from "./onnx_shapes.ts";

type Attributes = Readonly<Record<string, never>>;

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

/** What int8 integers of a coding stand for, −128 to 127, as integers of another type; `undefined` where int8 is too small. */
function tableOf(node: OnnxNode, coding: Coding): number[] | undefined {
  if (coding.dtype !== "int8") return undefined;
  const table = Array.from(realsOf(coding), realOf(node));
  return table.every((value) => value >= -128 && value <= 127) ? table : undefined;
}

function realOf(node: OnnxNode): (value: number) => number {
  const type = target(node);
  if (type === "bool") return (value) => Number(value !== 0);
  return WHOLE.includes(type) ? Math.trunc : (value) => value;
}

function read(node: OnnxReader): OnnxReading<Attributes> | OnnxResults {
  const { operands, storage } = node.together([0]);
  const [input] = operands;
  const [output] = node.outputs;
  if (!input || !output) throw new RangeError("a Cast without tensors");
  const { shape } = input.tensor;
  const coding = node.inputs[0]?.coding;
  const step = (kind: string, attributes: unknown, type: Pick<Tensor, "dtype" | "quantization">) =>
    node.emit(kind, attributes, [input], [{ shape, ...type }], `${output.name}/${kind}`);
  if (coding) {
    // The numbers behind the integers, by a table where int8 holds them.
    const table = tableOf(node, coding);
    const whole = { dtype: "int8", scale: 1, zeroPoint: 0 } as const;
    const numbers = table
      ? step("lookup_table", { table }, codedAs(whole))
      : step("dequantize", {}, { dtype: "float32" });
    return { attributes: {}, inputs: numbers, outputs: [storage] };
  }
  if (!output.coding) return { attributes: {}, inputs: operands, outputs: [storage] };
  const [operand] = step("cast", {}, { dtype: "float32" });
  return { results: [operand && { operand, storage }] };
}

export const ONNX_CAST: OnnxSpelling<Attributes> = {
  name: "Cast",
  shapes: sameShape,
  type: target,
  same: (node) => REAL.includes(node.inputs[0]?.type ?? "bool") && REAL.includes(target(node)),
  real: (node) => (value) => realOf(node)(value ?? 0),
  natural: ([range]) => range,
  read,
};
