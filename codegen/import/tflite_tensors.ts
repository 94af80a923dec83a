/** Reads the tensors of a .tflite subgraph: shapes, types, quantization, constant bytes. */

import { type ErrorCode, MoteError } from "../error.ts";
import { type DType, integerRange, type Quantization, type Tensor, tensorBytes } from "../graph/tensor.ts";
import type { FlatBuffer, Table } from "./flatbuffer.ts";
import { tensorName } from "./tflite_model.ts";
import { BUFFER, QUANTIZATION, TENSOR, TENSOR_TYPES } from "./tflite_schema.ts";

const DTYPES: Readonly<Record<DType, true>> = {
  int4: true,
  int8: true,
  uint8: true,
  int16: true,
  int32: true,
  int64: true,
  float32: true,
  bool: true,
};

/** More than any network for a small device, little enough to allocate: bytes of one tensor. */
const MAX_BYTES = 2 ** 28;
const MAX_RANK = 8;

/** One tensor table, and how to refuse it. */
interface Source {
  readonly file: FlatBuffer;
  readonly table: Table;
  /** Refuses the tensor for `sentence`: a damaged file unless `code` says otherwise. */
  fail(sentence: string, code?: ErrorCode): never;
}

const DAMAGED = "The file may be damaged; re-export it.";

/**
 * Tensor `index` of a subgraph; `data` are the model's buffers. A dynamic batch dimension becomes 1, where `open`
 * so do all that the file leaves open. Throws a
 * `MoteError` on types that Mote lacks, dynamic shapes, and numbers that contradict each other.
 */
export function readTensor(
  file: FlatBuffer,
  table: Table,
  index: number,
  data: readonly Table[],
  open = false,
): Tensor {
  const name = tensorName(file, table, index);
  const fail = (sentence: string, code: ErrorCode = "bad-file"): never => {
    throw new MoteError(code, `${file.file}: tensor ${index} ("${name}")`, sentence);
  };
  const source: Source = { file, table, fail };
  refuseUnsupported(source);
  const dtype = readDType(source);
  const shape = readShape(source, open);
  const bytes = tensorBytes({ shape, dtype });
  if (!(bytes <= MAX_BYTES))
    fail(`expected at most ${MAX_BYTES} bytes, found ${dtype} ${shape.join("×")}. ${DAMAGED}`);
  const quantization = readQuantization(source, dtype, shape);
  const constant = readConstant(source, data, bytes);
  const tensor: Tensor = { name, shape, dtype, ...(quantization ? { quantization } : {}) };
  if (file.scalar(table, TENSOR.isVariable) === 0) return constant ? { ...tensor, data: constant } : tensor;
  if (constant) fail(`expected a variable without data, found ${bytes} bytes. ${DAMAGED}`);
  // As TFLite Micro resets variable tensors (micro_interpreter_graph.cc).
  return { ...tensor, state: { initial: filledBytes(tensor, dtype === "int8") } };
}

/** Bytes for a tensor without a value: its zero point, or else zeros. */
export function filledBytes(tensor: Tensor, zeroPoint: boolean): Uint8Array {
  return new Uint8Array(tensorBytes(tensor)).fill(zeroPoint ? (tensor.quantization?.zeroPoints[0] ?? 0) : 0);
}

/** Whether a tensor has a dimension of 0, and so nothing to hold. */
export function isEmpty(file: FlatBuffer, table: Table): boolean {
  const signature = file.numbers(table, TENSOR.shapeSignature) ?? [];
  const stored = file.numbers(table, TENSOR.shape) ?? [];
  return stored.some((dimension, axis) => dimension === 0 && (axis > 0 || signature[0] !== -1));
}

function refuseUnsupported({ file, table, fail }: Source): void {
  const unsupported = "unsupported-operator";
  if (file.table(table, TENSOR.sparsity))
    fail(
      "expected dense values, found a sparse tensor. Convert the model without sparse encoding; Mote drops zeros itself.",
      unsupported,
    );
  if (file.scalar(table, TENSOR.externalBuffer) !== 0)
    fail(
      "expected its values in this file, found them in another one. Export the model as a single file.",
      unsupported,
    );
}

function readDType({ file, table, fail }: Source): DType {
  const code = file.scalar(table, TENSOR.type);
  const found = TENSOR_TYPES[code];
  if (found === undefined)
    return fail(`expected a type from 0 to ${TENSOR_TYPES.length - 1}, found ${code}. ${DAMAGED}`);
  if (isDType(found)) return found;
  return fail(
    `expected ${Object.keys(DTYPES).join(", ")}, found ${found}, which Mote does not support yet. Convert the model with full int8 quantization.`,
    "unsupported-operator",
  );
}

function isDType(name: string): name is DType {
  return Object.hasOwn(DTYPES, name);
}

function readShape({ file, table, fail }: Source, open: boolean): number[] {
  const signature = file.numbers(table, TENSOR.shapeSignature) ?? [];
  const stored = file.numbers(table, TENSOR.shape) ?? [];
  if (stored.length > MAX_RANK || signature.length > MAX_RANK)
    fail(
      `expected at most ${MAX_RANK} dimensions, found ${Math.max(stored.length, signature.length)}. ${DAMAGED}`,
    );
  if (!open && signature.some((dimension, axis) => axis > 0 && dimension < 0)) {
    fail(
      `expected fixed dimensions after the batch, found ${signature.join("×")}. Give those of the inputs by --shape NAME=1x49x10, or export the model with fixed shapes.`,
    );
  }
  return stored.map((dimension, axis) => {
    if (open && dimension === -1) return 1;
    if (axis === 0 && (dimension === -1 || (signature[0] === -1 && dimension < 1))) return 1;
    if (dimension < 1)
      fail(
        `expected dimensions of at least 1, found ${stored.join("×")}. Export the model with fixed shapes.`,
      );
    return dimension;
  });
}

/** One scale and zero point, or one of each for every index of a dimension; `undefined` where the file has none. */
function readQuantization(
  { file, table, fail }: Source,
  dtype: DType,
  shape: readonly number[],
): Quantization | undefined {
  const parameters = file.table(table, TENSOR.quantization);
  if (!parameters) return undefined;
  if (file.scalar(parameters, QUANTIZATION.detailsType) !== 0)
    fail(
      "expected scales for each tensor or channel, found another quantization scheme, which Mote does not support yet. Convert the model with full int8 quantization.",
      "unsupported-operator",
    );
  const scales = file.numbers(parameters, QUANTIZATION.scale) ?? [];
  const zeroPoints = file.numbers(parameters, QUANTIZATION.zeroPoint) ?? [];
  if (scales.length === 0) return undefined;
  const dimension = file.scalar(parameters, QUANTIZATION.dimension);
  const channels = shape[dimension];
  if (scales.length > 1 && scales.length !== channels) {
    const expected =
      channels === undefined
        ? `a dimension from 0 to ${shape.length - 1} for its ${scales.length} scales, found ${dimension}`
        : `1 scale or one for each of the ${channels} indices of dimension ${dimension}, found ${scales.length}`;
    fail(`expected ${expected}. ${DAMAGED}`);
  }
  if (zeroPoints.length > 1 && zeroPoints.length !== scales.length)
    fail(
      `expected as many zero points as scales, found ${zeroPoints.length} and ${scales.length}. ${DAMAGED}`,
    );
  const wrongScale = scales.find((scale) => !Number.isFinite(scale) || scale <= 0);
  if (wrongScale !== undefined) fail(`expected positive, finite scales, found ${wrongScale}. ${DAMAGED}`);
  const { min, max } = integerRange(dtype);
  const wrongZero = zeroPoints.find((zero) => zero < min || zero > max);
  if (wrongZero !== undefined)
    fail(`expected ${dtype} zero points from ${min} to ${max}, found ${wrongZero}. ${DAMAGED}`);
  return {
    scales,
    zeroPoints: scales.map((_, index) => zeroPoints[index] ?? zeroPoints[0] ?? 0),
    // A single scale holds for the whole tensor, whatever dimension the file names.
    axis: channels === undefined ? 0 : dimension,
  };
}

/** The bytes of a constant, a view of the file's; `undefined` for an activation. */
function readConstant(
  { file, table, fail }: Source,
  data: readonly Table[],
  bytes: number,
): Uint8Array | undefined {
  const index = file.scalar(table, TENSOR.buffer);
  // Buffer 0 is the empty one by convention.
  if (index === 0) return undefined;
  const buffer = data[index];
  if (!buffer) return fail(`expected a buffer from 0 to ${data.length - 1}, found ${index}. ${DAMAGED}`);
  const offset = file.scalar(buffer, BUFFER.offset);
  const size = file.scalar(buffer, BUFFER.size);
  // Offsets 0 and 1 mean that the data is inside the FlatBuffer.
  const outside = offset > 1 && size > 0;
  if (outside && offset + size > file.bytes.length)
    fail(
      `expected its data at bytes ${offset} to ${offset + size - 1}, but the file ends after ${file.bytes.length}. The file may be cut off; copy it again.`,
    );
  const constant = outside ? file.bytes.subarray(offset, offset + size) : file.data(buffer, BUFFER.data);
  if (!constant || constant.length === 0) return undefined;
  if (constant.length !== bytes)
    fail(`expected ${bytes} bytes of data, found ${constant.length}. ${DAMAGED}`);
  return constant;
}
