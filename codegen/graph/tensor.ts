/** A tensor of the graph: its shape, element type, quantization and, when constant, its values. */

/** `int4` only in constants: two a byte, the first in the low half; the last half is left over where they are odd. */
export type DType = "int4" | "int8" | "uint8" | "int16" | "int32" | "int64" | "float32" | "bool";

/** The typed array that holds values of some `DType`; `bool` is a `Uint8Array` of 0 and 1, `int4` an `Int8Array`. */
export type Values = Int8Array | Uint8Array | Int16Array | Int32Array | BigInt64Array | Float32Array;

/**
 * Affine quantization: real = scale · (quantized − zeroPoint).
 * Per tensor: one scale and one zero point. Per channel: one of each for every index of dimension `axis`.
 */
export interface Quantization {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

/** A tensor whose bytes are part of another tensor's: they start `offset` bytes into tensor `of`. */
export interface View {
  readonly of: TensorId;
  readonly offset: number;
}

/** What makes a tensor keep its value from one inference to the next. */
export interface State {
  /** Little-endian bytes of the value before the first inference and after a reset; as many as the tensor's. */
  readonly initial: Uint8Array;
}

export interface Tensor {
  readonly name: string;
  /** Outermost dimension first; activations are NHWC. Every dimension is at least 1. Empty: a scalar. */
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly quantization?: Quantization;
  /** Little-endian, row-major bytes of a constant; absent for an activation. */
  readonly data?: Uint8Array;
  /**
   * Set where the tensor is state: operators may read it before any writes it, and an operator that writes it lists it
   * among its outputs. Neither an input of the graph nor a constant.
   */
  readonly state?: State;
  /** Set by a pass that dropped a copy; the tensor then needs no memory of its own. */
  readonly view?: View;
}

/** Index into `Graph.tensors`. */
export type TensorId = number;

const BYTES: Record<DType, number> = {
  int4: 0.5,
  int8: 1,
  uint8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  float32: 4,
  bool: 1,
};

/** Bytes of one element; half a byte for int4. */
export function elementBytes(dtype: DType): number {
  return BYTES[dtype];
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** `1×49×10×1`, or `scalar`; for messages, comments and reports. */
export function dimensions(shape: readonly number[]): string {
  return shape.join("×") || "scalar";
}

/** The dimensions of a tensor, or `none` where it is absent. */
export function shapeText(tensor: Pick<Tensor, "shape"> | undefined): string {
  return tensor ? dimensions(tensor.shape) : "none";
}

/** Bytes that a tensor's elements take. */
export function tensorBytes(tensor: Pick<Tensor, "shape" | "dtype">): number {
  return Math.ceil(elementCount(tensor.shape) * elementBytes(tensor.dtype));
}

/** A typed array over a copy of little-endian `bytes`; of int4 also what is in a half that is left over. */
export function valuesOf(dtype: DType, bytes: Uint8Array): Values {
  // Not bytes.slice(): that of a Node.js Buffer makes no copy.
  const copy = new Uint8Array(bytes);
  const count = copy.byteLength / elementBytes(dtype);
  switch (dtype) {
    case "int4":
      return unpackHalves(copy);
    case "int8":
      return new Int8Array(copy.buffer, 0, count);
    case "uint8":
    case "bool":
      return copy;
    case "int16":
      return new Int16Array(copy.buffer, 0, count);
    case "int32":
      return new Int32Array(copy.buffer, 0, count);
    case "int64":
      return new BigInt64Array(copy.buffer, 0, count);
    case "float32":
      return new Float32Array(copy.buffer, 0, count);
  }
}

/** The values of a constant, one for each element; nothing of an activation. */
export function constantValues(
  tensor: Pick<Tensor, "dtype" | "data" | "shape"> | undefined,
): Values | undefined {
  if (!tensor?.data) return undefined;
  const values = valuesOf(tensor.dtype, tensor.data);
  return tensor.dtype === "int4" ? values.subarray(0, elementCount(tensor.shape)) : values;
}

/** The values of int4, two of each byte. */
function unpackHalves(bytes: Uint8Array): Int8Array {
  return Int8Array.from({ length: bytes.length * 2 }, (_, at) => {
    const byte = bytes[at >> 1] ?? 0;
    return (byte << (at % 2 === 0 ? 28 : 24)) >> 28;
  });
}

/** The bytes of int4 values from −8 to 7. */
export function packHalves(values: ArrayLike<number>): Uint8Array {
  return Uint8Array.from(
    { length: Math.ceil(values.length / 2) },
    (_, at) => ((values[2 * at] ?? 0) & 15) | (((values[2 * at + 1] ?? 0) & 15) << 4),
  );
}

/** The elements as ordinary numbers; none where there are no values. */
export function numbersOf(values: Values | undefined): number[] {
  if (!values) return [];
  return values instanceof BigInt64Array ? Array.from(values, Number) : Array.from(values);
}

/** A typed array of `count` zeros. */
export function zeros(dtype: DType, count: number): Values {
  return valuesOf(dtype, new Uint8Array(Math.ceil(count * elementBytes(dtype))));
}

/** The bytes behind a typed array, without a copy. */
export function bytesOf(values: Values): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** The smallest and largest value of an integer type. */
export function integerRange(dtype: DType): { min: number; max: number } {
  switch (dtype) {
    case "int4":
      return { min: -8, max: 7 };
    case "int8":
      return { min: -128, max: 127 };
    case "uint8":
    case "bool":
      return { min: 0, max: 255 };
    case "int16":
      return { min: -32768, max: 32767 };
    default:
      return { min: -(2 ** 31), max: 2 ** 31 - 1 };
  }
}
