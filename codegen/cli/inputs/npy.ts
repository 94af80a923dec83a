/** Reads and writes .npy, NumPy's file of one array. Format: numpy.lib.format, versions 1.0 to 3.0. */

import { MoteError } from "../../error.ts";
import {
  bytesOf,
  type DType,
  elementBytes,
  elementCount,
  type Values,
  valuesOf,
} from "../../graph/tensor.ts";

/** An array as a file holds it; row-major. `float64` has no tensor type of Mote's, so it has a word of its own. */
export interface NpyArray {
  readonly dtype: DType | "float64";
  readonly shape: readonly number[];
  readonly values: Values | Float64Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** NumPy itself refuses longer headers than 10,000 by default. */
const LONGEST_HEADER = 65_536;

const DESCRIPTIONS: Readonly<Record<DType, string>> = {
  int4: "|i1",
  int8: "|i1",
  uint8: "|u1",
  int16: "<i2",
  int32: "<i4",
  int64: "<i8",
  float32: "<f4",
  bool: "|b1",
};

const TYPES: Readonly<Record<string, DType | "float64">> = {
  i1: "int8",
  u1: "uint8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  f4: "float32",
  f8: "float64",
  b1: "bool",
};

/** Parses a .npy file. Throws a `MoteError` on a damaged file or an element type that Mote has no use for. */
export function readNpy(bytes: Uint8Array, file: string): NpyArray {
  const refuse = (sentence: string): MoteError => new MoteError("bad-input", file, sentence);
  if (bytes.length < 10 || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    throw refuse("is not a .npy file. Write one with numpy.save.");
  }
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw refuse(`expected .npy version 1 to 3, found ${version}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : bytes.length >= 12 ? view.getUint32(8, true) : 0;
  if (length > LONGEST_HEADER || start + length > bytes.length) {
    throw refuse(
      `its header of ${length} bytes is cut off. The file is truncated or damaged; save it again.`,
    );
  }
  const header = readHeader(new TextDecoder("latin1").decode(bytes.subarray(start, start + length)));
  if (!header) throw refuse("its header is damaged. Save it again with numpy.save.");

  const type = TYPES[header.descr.slice(1)];
  if (!type || !"|<>=".includes(header.descr.charAt(0))) {
    throw refuse(
      `expected int8, uint8, int16, int32, int64, bool, float32 or float64, found "${header.descr}". Convert it with .astype.`,
    );
  }
  const size = type === "float64" ? 8 : elementBytes(type);
  const count = elementCount(header.shape);
  const data = bytes.subarray(start + length);
  if (data.length !== count * size) {
    throw refuse(
      `expected ${count * size} bytes for ${type} of shape (${header.shape.join(", ")}), found ${data.length}. The file is truncated or damaged; save it again.`,
    );
  }
  // Not data.slice(): that of a Node.js Buffer, which readFile gives, makes no copy.
  const ordered = new Uint8Array(data);
  if (header.descr.startsWith(">")) swap(ordered, size);
  const rows = header.fortran ? rowMajor(ordered, header.shape, size) : ordered;
  const values = type === "float64" ? new Float64Array(rows.buffer, 0, count) : valuesOf(type, rows);
  return { dtype: type, shape: header.shape, values };
}

/** A .npy file, version 1.0, as numpy.save writes it. */
export function writeNpy(dtype: DType, shape: readonly number[], values: Values): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10;
  const header = `${dictionary.padEnd(length - 1)}\n`;
  const data = bytesOf(values);
  const bytes = new Uint8Array(10 + length + data.length);
  bytes.set([...MAGIC, 1, 0, length & 255, length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(data, 10 + length);
  return bytes;
}

interface Header {
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
}

/** The three entries of the header's Python dictionary, in any order; undefined where one is missing. */
function readHeader(text: string): Header | undefined {
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  const fortran = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const tuple = /['"]shape['"]\s*:\s*\(([0-9L,\s]*)\)/.exec(text)?.[1];
  if (descr === undefined || fortran === undefined || tuple === undefined) return undefined;
  const shape = tuple
    .split(",")
    .map((part) => part.trim().replace(/L$/, ""))
    .filter((part) => part !== "")
    .map(Number);
  if (shape.length > 32 || !Number.isSafeInteger(elementCount(shape))) return undefined;
  return { descr, fortran: fortran === "True", shape };
}

/** Reverses the bytes of every element, in place. */
function swap(data: Uint8Array, size: number): void {
  for (let at = 0; at < data.length; at += size) data.subarray(at, at + size).reverse();
}

/** A copy of column-major data in row-major order. */
function rowMajor(data: Uint8Array, shape: readonly number[], size: number): Uint8Array {
  const copy = new Uint8Array(data.length);
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)));
  const index = shape.map(() => 0);
  for (let to = 0; to < copy.length; to += size) {
    const from = index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0) * size;
    copy.set(data.subarray(from, from + size), to);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      index[axis] = next === shape[axis] ? 0 : next;
      if (next !== shape[axis]) break;
    }
  }
  return copy;
}
