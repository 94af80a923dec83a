/** Constants as operands of operators that take them beside activations: in their type and their order in memory. */

import { type Coding, codedAs, codingFor, encode } from "../graph/coding.ts";
import { type Groups, groupedShape, plainLayout, reorderIndices, storedBy } from "../graph/layout.ts";
import { bytesOf, type DType, type Tensor, zeros } from "../graph/tensor.ts";
import type { OnnxConstant } from "../ops/onnx_spelling.ts";

/** What a constant must have in common with the operands beside it. */
export interface Companions {
  /** Theirs is the output's coding, and the constant's must be too. */
  readonly coding?: Coding | undefined;
  /** Their type. */
  readonly dtype?: DType | undefined;
}

/** A constant of the file's `shape` as a tensor stored by `groups`. */
export function constantOperand(
  constant: OnnxConstant,
  shape: readonly number[],
  groups: Groups,
  companions: Companions = {},
): Omit<Tensor, "name"> {
  const layout = plainLayout(shape);
  const indices = reorderIndices(layout, storedBy(layout, groups));
  const { type, values } = integersOf(constant, companions);
  const result = zeros(type.dtype, indices.length);
  indices.forEach((from, to) => {
    const value = values[from] ?? 0;
    if (result instanceof BigInt64Array) result[to] = BigInt(Math.trunc(value));
    else result[to] = value;
  });
  return { shape: groupedShape(shape, groups), ...type, data: bytesOf(result) };
}

interface Integers {
  readonly type: Pick<Tensor, "dtype" | "quantization">;
  readonly values: ArrayLike<number>;
}

/** The integers of a constant: the file's where they can be, else the nearest to its real numbers. */
function integersOf(constant: OnnxConstant, { coding, dtype = "int8" }: Companions): Integers {
  const { values, type } = constant;
  if (type === "bool") return { type: { dtype: "bool" }, values };
  if (coding) return encoded(values, coding);
  if (dtype === "int32" || dtype === "int64") return { type: { dtype }, values };
  return fileIntegers(constant, dtype) ?? encoded(values, ownCoding(values, dtype));
}

function encoded(values: ArrayLike<number>, coding: Coding): Integers {
  return { type: codedAs(coding), values: Float64Array.from(values, (value) => encode(value, coding)) };
}

/** The integers of the file, where they have one scale and the type that is asked for. */
function fileIntegers({ coded }: OnnxConstant, dtype: DType): Integers | undefined {
  const [scale = 1] = coded?.scales ?? [];
  const [zeroPoint = 0] = coded?.zeroPoints ?? [];
  if (coded?.scales.length !== 1) return undefined;
  const { integers, type } = coded;
  if (type === dtype) return { type: codedAs({ dtype, scale, zeroPoint }), values: integers };
  if (type !== "uint8" || dtype !== "int8") return undefined;
  const signed = Float64Array.from(integers, (value) => value - 128);
  return { type: codedAs({ dtype, scale, zeroPoint: zeroPoint - 128 }), values: signed };
}

/** The coding with the smallest steps for these numbers. */
function ownCoding(values: ArrayLike<number>, dtype: DType): Coding {
  let [low, high] = [0, 0];
  for (let index = 0; index < values.length; index++) {
    low = Math.min(low, values[index] ?? 0);
    high = Math.max(high, values[index] ?? 0);
  }
  if (dtype !== "int16") return codingFor(low, high);
  return { dtype, scale: Math.fround(Math.max(-low, high) / 32767) || 1, zeroPoint: 0 };
}
