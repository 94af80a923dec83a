/**
 * The field numbers of the .tflite schema that the import needs (TensorFlow Lite: schema.fbs, version 3). Options of
 * operators are not here: each descriptor brings its own.
 */

export const MODEL = { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4, signatures: 7 } as const;

/** Files before 2020 have only the int8 code; later ones write both, the old one capped at 127. */
export const OPERATOR_CODE = { deprecatedCode: 0, customCode: 1, version: 2, code: 3 } as const;

export const SUBGRAPH = { tensors: 0, inputs: 1, outputs: 2, operators: 3, name: 4 } as const;

export const TENSOR = {
  shape: 0,
  type: 1,
  buffer: 2,
  name: 3,
  quantization: 4,
  isVariable: 5,
  sparsity: 6,
  shapeSignature: 7,
} as const;

export const QUANTIZATION = { scale: 2, zeroPoint: 3, detailsType: 4, dimension: 6 } as const;

/** `offset` and `size` place a buffer outside the FlatBuffer, counted from the start of the file. */
export const BUFFER = { data: 0, offset: 1, size: 2 } as const;

export const OPERATOR = {
  code: 0,
  inputs: 1,
  outputs: 2,
  optionsType: 3,
  options: 4,
  customOptions: 5,
} as const;

export const SIGNATURE = { inputs: 0, outputs: 1, key: 2, subgraph: 4 } as const;

export const TENSOR_MAP = { name: 0, tensor: 1 } as const;

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
];
