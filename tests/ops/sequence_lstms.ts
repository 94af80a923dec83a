/** LSTMs over a sequence, as .tflite files hold them, for tests. */

import { bytesOf, type DType, type Tensor, zeros } from "../../codegen/graph/tensor.ts";
import { type FileOperatorCase, tensor } from "./file_operator.ts";

export interface LstmSizes {
  readonly batches?: number;
  readonly steps: number;
  readonly inputs: number;
  readonly units: number;
}

/** Scales and zero points of the tensors that are not weights. */
export interface LstmScales {
  readonly input?: readonly [scale: number, zeroPoint: number];
  readonly hidden?: readonly [scale: number, zeroPoint: number];
  readonly cell?: number;
}

/** An LSTM whose constants `fill` makes, by their positions in the file; `parts` replace tensors by position. */
export function sequenceLstm(
  { batches = 1, steps, inputs, units }: LstmSizes,
  fill: (tensor: Tensor, position: number) => Uint8Array,
  {
    input = [0.025, -2],
    hidden = [0.006, -9],
    cell = 2 ** -14,
    options = {},
    parts = {},
  }: LstmScales & {
    readonly options?: Readonly<Record<string, number>>;
    readonly parts?: Readonly<Record<number, Partial<Tensor> | undefined>>;
  } = {},
): FileOperatorCase {
  const order = (width: number) => (options.timeMajor ? [steps, batches, width] : [batches, steps, width]);
  const constant = (shape: readonly number[], position: number, scale: number, dtype: DType = "int8") => {
    const plain = tensor(shape, scale, 0, dtype);
    return { ...plain, data: fill(plain, position) };
  };
  const state = (scale: number, zeroPoint: number, dtype: DType): Tensor => ({
    ...tensor([batches, units], scale, zeroPoint, dtype),
    state: { initial: bytesOf(zeros(dtype, batches * units).fill(zeroPoint as never)) },
  });
  const given = new Array<Tensor | undefined>(24).fill(undefined);
  given[0] = tensor(order(inputs), ...input);
  for (let gate = 0; gate < 4; gate++) {
    given[1 + gate] = constant([units, inputs], 1 + gate, 0.01 + 0.002 * gate);
    given[5 + gate] = constant([units, units], 5 + gate, 0.007 - 0.0005 * gate);
    given[12 + gate] = constant([units], 12 + gate, 1, "int32");
  }
  given[18] = state(...hidden, "int8");
  given[19] = state(cell, 0, "int16");
  const replaced = given.map((plain, at) => {
    if (!(at in parts)) return plain;
    const part = parts[at];
    return part && { ...(plain ?? tensor([units])), ...part };
  });
  return {
    spelling: "UNIDIRECTIONAL_SEQUENCE_LSTM",
    inputs: replaced,
    outputs: [tensor(order(units), ...hidden)],
    options: { activation: 4, ...options },
  };
}
