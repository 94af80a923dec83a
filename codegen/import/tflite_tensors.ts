/** Reads the tensors of a .tflite subgraph: shapes, types, quantization, constant bytes. */

import { MoteError } from "../error.ts";
import {
  type DType,
  elementBytes,
  elementCount,
  integerRange,
  type Quantization,
  type Tensor,
} from "../graph/tensor.ts";
import type { FlatBuffer, Table } from "./flatbuffer.ts";
import { BUFFER, QUANTIZATION, TENSOR, TENSOR_TYPES } from "./tflite_schema.ts";

const DTYPES: readonly string[] = ["int8", "uint8", "int16", "int32", "int64", "float32", "bool"];

/** More than any network for a small device, little enough to allocate: bytes of one tensor. */
const MAX_BYTES = 2 ** 28;
const MAX_RANK = 8;

/** Throws a `MoteError` about tensor `index` of the file. */
function refuse(file: FlatBuffer, index: number, name: string, sentence: string): never {
  throw new MoteError("bad-file", `${file.file}: tensor ${index} ("${name}")`, sentence);
}

/** Tensor `index` of a subgraph; `buffers` are the model's. */
export function readTensor(file: FlatBuffer, table: Table, index: number, buffers: readonly Table[]): Tensor {
  const name = file.text(table, TENSOR.name) || `tensor_${index}`;
  const fail = (sentence: string): never => refuse(file, index, name, sentence);
  const typeCode = file.scalar(table, TENSOR.type, "int8", 0);
  const dtype: string = TENSOR_TYPES[typeCode] ?? `type ${typeCode}`;
  if (!isDType(dtype)) {
    return fail(
      `expected elements of ${DTYPES.join(", ")}, found ${dtype}. Convert the model with int8 quantization.`,
    );
  }
  if (file.table(table, TENSOR.sparsity))
    fail(
      "expected dense values, found a sparse tensor. Convert the model without sparse encoding; Mote drops zeros itself.",
    );

  const signature = file.numbers(table, TENSOR.shapeSignature, "int32");
  const stored = file.numbers(table, TENSOR.shape, "int32") ?? [];
  const shape = stored.map((dimension, axis) => {
    if (axis === 0 && (dimension === -1 || (signature?.[0] === -1 && dimension < 1))) return 1;
    if (dimension < 1)
      fail(
        `expected dimensions of at least 1, found ${stored.join("×")}. Export the model with fixed shapes.`,
      );
    return dimension;
  });
  if (signature?.some((dimension, axis) => axis > 0 && dimension < 0)) {
    fail(
      `expected fixed dimensions, found the signature ${signature.join("×")}. Export the model with fixed shapes; only the batch may be dynamic.`,
    );
  }
  const bytes = elementCount(shape) * elementBytes(dtype);
  if (shape.length > MAX_RANK || !(bytes <= MAX_BYTES)) {
    fail(
      `expected at most ${MAX_RANK} dimensions and ${MAX_BYTES} bytes, found ${shape.join("×")}. The file may be damaged; re-export it.`,
    );
  }
  const quantization = readQuantization(file, table, dtype, shape, fail);
  const data = readData(file, table, buffers, bytes, fail);
  return { name, shape, dtype, ...(quantization ? { quantization } : {}), ...(data ? { data } : {}) };
}

function isDType(name: string): name is DType {
  return DTYPES.includes(name);
}

function readQuantization(
  file: FlatBuffer,
  table: Table,
  dtype: DType,
  shape: readonly number[],
  fail: (sentence: string) => never,
): Quantization | undefined {
  const parameters = file.table(table, TENSOR.quantization);
  const scales = parameters && file.numbers(parameters, QUANTIZATION.scale, "float32");
  if (!parameters || !scales || scales.length === 0) return undefined;
  if (file.scalar(parameters, QUANTIZATION.detailsType, "uint8", 0) !== 0) {
    fail("expected affine quantization, found a custom one. Convert the model with int8 quantization.");
  }
  const axis = file.scalar(parameters, QUANTIZATION.dimension, "int32", 0);
  const zeroPoints = file.numbers(parameters, QUANTIZATION.zeroPoint, "int64") ?? [];
  if (scales.length > 1 && scales.length !== shape[axis]) {
    fail(
      `expected 1 scale or one for each of the ${shape[axis] ?? 0} indices of dimension ${axis}, found ${scales.length}. The file may be damaged; re-export it.`,
    );
  }
  if (zeroPoints.length > 1 && zeroPoints.length !== scales.length) {
    fail(
      `expected as many zero points as scales, found ${zeroPoints.length} and ${scales.length}. The file may be damaged; re-export it.`,
    );
  }
  // A scale of 0 occurs where a tensor was never quantized; its users refuse it if they need one.
  const wrongScale = scales.find((scale) => !Number.isFinite(scale) || scale <= 0);
  if (wrongScale !== undefined)
    fail(`expected positive, finite scales, found ${wrongScale}. The file may be damaged; re-export it.`);
  const { min, max } = integerRange(dtype);
  const wrongZero = zeroPoints.find((zero) => zero < min || zero > max);
  if (wrongZero !== undefined)
    fail(
      `expected zero points from ${min} to ${max}, found ${wrongZero}. The file may be damaged; re-export it.`,
    );
  return { scales, zeroPoints: scales.map((_, index) => zeroPoints[index] ?? zeroPoints[0] ?? 0), axis };
}

/** The constant bytes of a tensor; `undefined` for an activation. */
function readData(
  file: FlatBuffer,
  table: Table,
  buffers: readonly Table[],
  bytes: number,
  fail: (sentence: string) => never,
): Uint8Array | undefined {
  const index = file.scalar(table, TENSOR.buffer, "uint32", 0);
  // Buffer 0 is the empty one by convention.
  if (index === 0) return undefined;
  const buffer = buffers[index];
  if (!buffer)
    fail(`expected a buffer below ${buffers.length}, found ${index}. The file may be damaged; re-export it.`);
  const offset = file.scalar(buffer, BUFFER.offset, "uint64", 0);
  const size = file.scalar(buffer, BUFFER.size, "uint64", 0);
  const inside = file.vectorBytes(buffer, BUFFER.data, 1)?.bytes;
  // Offsets 0 and 1 mean that the data is inside the FlatBuffer.
  const outside = offset > 1 && size > 0;
  if (outside && offset + size > file.bytes.length) {
    fail(
      `expected its data at bytes ${offset} to ${offset + size}, but the file ends at ${file.bytes.length}. The file may be cut off; copy it again.`,
    );
  }
  const data = outside ? file.bytes.subarray(offset, offset + size) : inside;
  if (!data || data.length === 0) return undefined;
  if (data.length !== bytes)
    fail(`expected ${bytes} bytes of data, found ${data.length}. The file may be damaged; re-export it.`);
  return data;
}
