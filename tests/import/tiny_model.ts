/** Small .tflite files and operators, each a valid one that a test then spoils in a single place. */

import type { OperatorDescriptor } from "../../codegen/ops/descriptor.ts";
import { type Fields, type Value, writeFlatBuffer } from "./flatbuffer_writer.ts";

export interface TinyTensor {
  readonly name?: string;
  readonly shape?: readonly number[];
  /** `TensorType`; default int8. */
  readonly type?: number;
  /** Index of a buffer; default 0, an activation. */
  readonly buffer?: number;
  readonly scales?: readonly number[];
  readonly zeroPoints?: readonly number[];
  readonly dimension?: number;
  /** More fields of the table, or of its quantization. */
  readonly more?: Fields;
  readonly moreQuantization?: Fields;
}

export interface TinyOperator {
  /** Index into `codes`; default 0. */
  readonly code?: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options?: Fields;
}

export interface TinyModel {
  readonly version?: number;
  readonly codes?: readonly Fields[];
  readonly tensors?: readonly TinyTensor[];
  readonly operators?: readonly TinyOperator[];
  readonly inputs?: readonly number[];
  readonly outputs?: readonly number[];
  readonly buffers?: readonly Fields[];
  /** More fields of the root table. */
  readonly more?: Fields;
  /** Bytes behind the FlatBuffer. */
  readonly after?: Uint8Array;
}

/** x → SCALE → y → SCALE → z, int8 of shape 1×4. */
export function tinyModel(model: TinyModel = {}): Uint8Array {
  const tensors = model.tensors ?? [{ name: "x" }, { name: "y" }, { name: "z" }];
  const operators = model.operators ?? [
    { inputs: [0], outputs: [1] },
    { inputs: [1], outputs: [2] },
  ];
  const subgraph: Fields = {
    0: { tables: tensors.map(tensorFields) },
    1: { int32s: model.inputs ?? [0] },
    2: { int32s: model.outputs ?? [2] },
    3: { tables: operators.map(operatorFields) },
  };
  return writeFlatBuffer(
    {
      0: { int32: model.version ?? 3 },
      1: { tables: model.codes ?? [{ 0: { int8: SCALE }, 3: { int32: SCALE } }] },
      2: { tables: [subgraph] },
      4: { tables: model.buffers ?? [{}] },
      ...model.more,
    },
    model.after,
  );
}

export function tensorFields(tensor: TinyTensor): Fields {
  const quantization: Fields = {
    2: { float32s: tensor.scales ?? [0.5] },
    3: { int64s: tensor.zeroPoints ?? [0] },
    6: { int32: tensor.dimension ?? 0 },
    ...tensor.moreQuantization,
  };
  const name: Record<number, Value> = tensor.name === undefined ? {} : { 3: { text: tensor.name } };
  return {
    0: { int32s: tensor.shape ?? [1, 4] },
    1: { int8: tensor.type ?? INT8 },
    2: { int32: tensor.buffer ?? 0 },
    ...name,
    4: { table: quantization },
    ...tensor.more,
  };
}

export function operatorFields({ code, inputs, outputs, options }: TinyOperator): Fields {
  return {
    0: { int32: code ?? 0 },
    1: { int32s: inputs },
    2: { int32s: outputs },
    ...(options ? { 4: { table: options } } : {}),
  };
}

export const INT8 = 9;
export const FLOAT32 = 0;
/** The code of LEAKY_RELU, which the stand-in operator below takes. */
export const SCALE = 98;

/** A stand-in operator with an option of each type; `overrides` replace parts of it. */
export function scaleOperator(overrides: Partial<OperatorDescriptor> = {}): OperatorDescriptor {
  return {
    kind: "scale",
    tflite: [
      {
        code: SCALE,
        name: "LEAKY_RELU",
        options: {
          alpha: { id: 0, type: "float32", default: 0.25 },
          flag: { id: 1, type: "bool" },
          mode: { id: 2, type: "int8" },
          count: { id: 3, type: "int32", default: 7 },
          sizes: { id: 4, type: "int32[]" },
        },
        read: ({ version, option, optionVector }) => ({
          attributes: {
            version,
            alpha: option("alpha"),
            flag: option("flag"),
            mode: option("mode"),
            count: option("count"),
            sizes: optionVector("sizes"),
          },
        }),
      },
    ],
    check: () => {},
    evaluate: () => [],
    variants: [],
    ...overrides,
  };
}
