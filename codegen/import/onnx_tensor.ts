/** Constants of an ONNX file: shape, element type and values, from wherever the file keeps them. */

import { MoteError } from "../error.ts";
import { elementCount } from "../graph/tensor.ts";
import type { Numbers, OnnxConstant, OnnxType } from "../ops/onnx_spelling.ts";
import { ELEMENT_TYPES, ENTRY, fieldsOf, TENSOR } from "./onnx_schema.ts";
import type { Message, ProtobufFile } from "./protobuf.ts";

/** Gives the bytes of a file beside the model that holds some of its constants; `undefined` where there is none. */
export type ExternalData = (location: string) => Uint8Array | undefined;

/** More than any network for a small device, little enough to allocate: bytes of one constant. */
const MAX_BYTES = 2 ** 28;
const MAX_RANK = 8;
const EXTERNAL = 1;

/** Bits of an element as the file packs it, and the typed array that holds its numbers. */
const STORAGE: Readonly<Record<OnnxType, readonly [bits: number, make: (count: number) => Numbers]>> = {
  float32: [32, (count) => new Float32Array(count)],
  float16: [16, (count) => new Float32Array(count)],
  bfloat16: [16, (count) => new Float32Array(count)],
  float64: [64, (count) => new Float64Array(count)],
  int64: [64, (count) => new Float64Array(count)],
  uint64: [64, (count) => new Float64Array(count)],
  int32: [32, (count) => new Int32Array(count)],
  uint32: [32, (count) => new Uint32Array(count)],
  int16: [16, (count) => new Int16Array(count)],
  uint16: [16, (count) => new Uint16Array(count)],
  int8: [8, (count) => new Int8Array(count)],
  uint8: [8, (count) => new Uint8Array(count)],
  bool: [8, (count) => new Uint8Array(count)],
  int4: [4, (count) => new Int8Array(count)],
  uint4: [4, (count) => new Uint8Array(count)],
};

/** An array for `count` numbers of a type. */
export function numbersFor(type: OnnxType, count: number): Numbers {
  return STORAGE[type][1](count);
}

/** The name of a `TensorProto`. */
export function tensorName(file: ProtobufFile, bytes: Uint8Array): string {
  return file.text(file.message(bytes, new Set([TENSOR.name])), TENSOR.name);
}

/** Reads a `TensorProto`; `what` names it in messages. Throws a `MoteError` on a damaged one and on missing data. */
export function readConstant(
  file: ProtobufFile,
  bytes: Uint8Array,
  what: string,
  external: ExternalData,
): OnnxConstant {
  const message = file.message(bytes, fieldsOf(TENSOR));
  const fail = (sentence: string): never => {
    throw new MoteError("bad-file", `${file.file}: ${what}`, sentence);
  };
  const code = file.number(message, TENSOR.dataType);
  const type = ELEMENT_TYPES.get(code);
  if (!type)
    throw new MoteError(
      "unsupported-operator",
      `${file.file}: ${what}`,
      `expected numbers of ${[...ELEMENT_TYPES.values()].join(", ")}, found data type ${code}. Export the model with one of these.`,
    );
  const shape = file.integers(message, TENSOR.dims);
  if (shape.length > MAX_RANK || shape.some((size) => !(size >= 0)))
    fail(`expected at most ${MAX_RANK} dimensions from 0, found ${shape.join("×")}. Re-export the model.`);
  const count = elementCount(shape);
  const [bits] = STORAGE[type];
  if (!(Math.ceil((count * bits) / 8) <= MAX_BYTES))
    fail(`expected at most ${MAX_BYTES} bytes, found ${type} ${shape.join("×")}. Re-export the model.`);
  const raw = rawBytes(file, message, external, fail);
  if (raw) {
    const expected = Math.ceil((count * bits) / 8);
    if (raw.length !== expected)
      fail(
        `expected ${expected} bytes of ${type} ${shape.join("×")}, found ${raw.length}. The file may be damaged; re-export it.`,
      );
    return { shape, type, values: unpack(type, count, raw) };
  }
  const numbers = listed(file, message, type, count);
  if (numbers.length !== count)
    fail(
      `expected ${count} values of ${type} ${shape.join("×")}, found ${numbers.length}. The file may be damaged; re-export it.`,
    );
  const values = numbersFor(type, count);
  values.set(numbers);
  return { shape, type, values };
}

/** The constant's bytes, inside the file or in one beside it; `undefined` where it lists its values instead. */
function rawBytes(
  file: ProtobufFile,
  message: Message,
  external: ExternalData,
  fail: (sentence: string) => never,
): Uint8Array | undefined {
  if (file.number(message, TENSOR.dataLocation) !== EXTERNAL) return file.bytes(message, TENSOR.rawData);
  const entries = new Map(
    file.everyBytes(message, TENSOR.externalData).map((bytes) => {
      const entry = file.message(bytes, fieldsOf(ENTRY));
      return [file.text(entry, ENTRY.key), file.text(entry, ENTRY.value)] as const;
    }),
  );
  const location = entries.get("location") ?? "";
  const data = external(location);
  if (!data)
    return fail(
      `expected its values in the file "${location}" beside the model, found no such file. Keep it in the model's folder, or export the model as one file.`,
    );
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? data.length - offset);
  const whole = [offset, length].every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!whole || offset + length > data.length)
    fail(
      `expected ${entries.get("length") ?? "its"} bytes from ${entries.get("offset") ?? 0} of "${location}", found that it has ${data.length}. Copy both files again.`,
    );
  return data.subarray(offset, offset + length);
}

/** The values of a constant that lists them; packed numbers of 4 bits are taken apart. */
function listed(file: ProtobufFile, message: Message, type: OnnxType, count: number): ArrayLike<number> {
  switch (type) {
    case "float32":
      return file.floats(message, TENSOR.floatData);
    case "float64":
      return file.doubles(message, TENSOR.doubleData);
    case "int64":
      return file.integers(message, TENSOR.int64Data);
    case "uint32":
    case "uint64":
      return file.integers(message, TENSOR.uint64Data);
    case "float16":
    case "bfloat16": {
      const bits = Uint16Array.from(file.integers(message, TENSOR.int32Data));
      return unpack(type, bits.length, new Uint8Array(bits.buffer));
    }
    case "int4":
    case "uint4": {
      const packed = Uint8Array.from(file.integers(message, TENSOR.int32Data));
      return unpack(type, Math.min(count, packed.length * 2), packed);
    }
    default:
      return file.integers(message, TENSOR.int32Data);
  }
}

/** The numbers in little-endian bytes, row-major; two of 4 bits a byte, the lower half first. */
function unpack(type: OnnxType, count: number, bytes: Uint8Array): Numbers {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const nibble = (index: number) => ((view.getUint8(index >> 1) >> ((index & 1) * 4)) & 15) as number;
  const element: Readonly<Record<OnnxType, (index: number) => number>> = {
    float32: (index) => view.getFloat32(index * 4, true),
    float16: (index) => halfToNumber(view.getUint16(index * 2, true)),
    bfloat16: (index) => bits32(view.getUint16(index * 2, true) << 16),
    float64: (index) => view.getFloat64(index * 8, true),
    int64: (index) => Number(view.getBigInt64(index * 8, true)),
    uint64: (index) => Number(view.getBigUint64(index * 8, true)),
    int32: (index) => view.getInt32(index * 4, true),
    uint32: (index) => view.getUint32(index * 4, true),
    int16: (index) => view.getInt16(index * 2, true),
    uint16: (index) => view.getUint16(index * 2, true),
    int8: (index) => view.getInt8(index),
    uint8: (index) => view.getUint8(index),
    bool: (index) => Number(view.getUint8(index) !== 0),
    int4: (index) => (nibble(index) ^ 8) - 8,
    uint4: nibble,
  };
  const values = numbersFor(type, count);
  const read = element[type];
  for (let index = 0; index < count; index++) values[index] = read(index);
  return values;
}

/** The float32 with these bits. */
function bits32(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, bits);
  return view.getFloat32(0);
}

/** A float16: 1 bit of sign, 5 of exponent, 10 of fraction (IEEE 754 binary16). */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
