/**
 * The fields of the .tflite schema that the import needs: number, type, default (TensorFlow Lite: schema.fbs, version
 * 3d). Options of operators are not here: each descriptor brings its own.
 */

export const MODEL = {
  version: { id: 0, type: "uint32" },
  operatorCodes: { id: 1, type: "table[]" },
  subgraphs: { id: 2, type: "table[]" },
  buffers: { id: 4, type: "table[]" },
  signatures: { id: 7, type: "table[]" },
} as const;

/** Files before 2020 have only the int8 code; later ones write both, the old one capped at 127. */
export const OPERATOR_CODE = {
  deprecatedCode: { id: 0, type: "int8" },
  customCode: { id: 1, type: "string" },
  version: { id: 2, type: "int32", default: 1 },
  code: { id: 3, type: "int32" },
} as const;

export const SUBGRAPH = {
  tensors: { id: 0, type: "table[]" },
  inputs: { id: 1, type: "int32[]" },
  outputs: { id: 2, type: "int32[]" },
  operators: { id: 3, type: "table[]" },
} as const;

export const TENSOR = {
  shape: { id: 0, type: "int32[]" },
  type: { id: 1, type: "int8" },
  buffer: { id: 2, type: "uint32" },
  name: { id: 3, type: "string" },
  quantization: { id: 4, type: "table" },
  isVariable: { id: 5, type: "bool" },
  sparsity: { id: 6, type: "table" },
  shapeSignature: { id: 7, type: "int32[]" },
  externalBuffer: { id: 10, type: "uint32" },
} as const;

/** `detailsType` other than 0: a custom, blockwise or multi-axis scheme takes the place of scale and zero point. */
export const QUANTIZATION = {
  scale: { id: 2, type: "float32[]" },
  zeroPoint: { id: 3, type: "int64[]" },
  detailsType: { id: 4, type: "uint8" },
  dimension: { id: 6, type: "int32" },
} as const;

/** `offset` and `size` place a buffer outside the FlatBuffer, counted from the start of the file. */
export const BUFFER = {
  data: { id: 0, type: "uint8[]" },
  offset: { id: 1, type: "uint64" },
  size: { id: 2, type: "uint64" },
} as const;

export const OPERATOR = {
  code: { id: 0, type: "uint32" },
  inputs: { id: 1, type: "int32[]" },
  outputs: { id: 2, type: "int32[]" },
  options: { id: 4, type: "table" },
} as const;

export const SIGNATURE = {
  inputs: { id: 0, type: "table[]" },
  outputs: { id: 1, type: "table[]" },
  subgraph: { id: 4, type: "uint32" },
} as const;

export const TENSOR_MAP = {
  name: { id: 0, type: "string" },
  tensor: { id: 1, type: "uint32" },
} as const;

/** `TensorType`, by number. */
export const TENSOR_TYPES: readonly string[] = [
  "float32",
  "float16",
  "int32",
  "uint8",
  "int64",
  "string",
  "bool",
  "int16",
  "complex64",
  "int8",
  "float64",
  "complex128",
  "uint64",
  "resource",
  "variant",
  "uint32",
  "uint16",
  "int4",
  "bfloat16",
  "int2",
  "uint4",
  "float8_e4m3fn",
  "float8_e5m2",
];

/** The options of an operator that stands for a resource, which the import resolves. */
export const HANDLE_OPTIONS = {
  container: { id: 0, type: "string" },
  name: { id: 1, type: "string" },
} as const;

/** The options of an operator that runs another subgraph before the first inference. */
export const ONCE_OPTIONS = {
  subgraph: { id: 0, type: "int32" },
} as const;
