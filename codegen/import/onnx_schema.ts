/** The fields and element types of an ONNX file, by their numbers (https://github.com/onnx/onnx: onnx/onnx.proto). */

import type { OnnxType } from "../ops/onnx_spelling.ts";

export const MODEL = { irVersion: 1, graph: 7, opsetImport: 8, functions: 25 } as const;
export const OPSET = { domain: 1, version: 2 } as const;
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const;
export const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 } as const;
export const ATTRIBUTE = {
  name: 1,
  float: 2,
  integer: 3,
  text: 4,
  tensor: 5,
  floats: 7,
  integers: 8,
  texts: 9,
  type: 20,
} as const;
export const VALUE_INFO = { name: 1, type: 2 } as const;
export const TYPE = { tensor: 1 } as const;
export const TENSOR_TYPE = { element: 1, shape: 2 } as const;
export const SHAPE = { dimension: 1 } as const;
export const DIMENSION = { value: 1, parameter: 2 } as const;
export const TENSOR = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
} as const;
export const ENTRY = { key: 1, value: 2 } as const;

/** `TensorProto.DataType`: the types that Mote can read. */
export const ELEMENT_TYPES: ReadonlyMap<number, OnnxType> = new Map<number, OnnxType>([
  [1, "float32"],
  [2, "uint8"],
  [3, "int8"],
  [4, "uint16"],
  [5, "int16"],
  [6, "int32"],
  [7, "int64"],
  [9, "bool"],
  [10, "float16"],
  [11, "float64"],
  [12, "uint32"],
  [13, "uint64"],
  [16, "bfloat16"],
  [21, "uint4"],
  [22, "int4"],
]);

/** The numbers of a table's fields, as the reader wants them. */
export function fieldsOf(table: Readonly<Record<string, number>>): ReadonlySet<number> {
  return new Set(Object.values(table));
}
