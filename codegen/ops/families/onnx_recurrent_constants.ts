/** Weights, biases and states of ONNX's RNN, GRU and LSTM, a direction at a time (ONNX: Operators.md). */

import { OperatorFault, require } from "../../error.ts";
import { bytesOf, type Tensor } from "../../graph/tensor.ts";
import type { OnnxConstant, OnnxOperand, OnnxReader } from "../onnx_spelling.ts";
import { constantInput } from "./onnx_shapes.ts";
import { CELL_BITS, STATE_BITS } from "./recurrent.ts";

/** Sizes of a recurrent layer; `depth` is that of its input. */
export interface RecurrentSizes {
  readonly steps: number;
  readonly batches: number;
  readonly depth: number;
  readonly units: number;
  readonly directions: number;
  /** Whether batches come first in the file. */
  readonly batchFirst: boolean;
}

/** The matrix of one direction as int8: the file's integers, or its real numbers with a scale for each row. */
export function matrix(
  node: OnnxReader,
  position: number,
  direction: number,
  rows: number,
  columns: number,
): OnnxOperand {
  const constant = constantInput(node, position, "weights");
  const start = direction * rows * columns;
  const { integers, scales } = constant.coded
    ? codedRows(constant.coded, start, rows, columns)
    : roundedRows(constant, start, rows, columns);
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis: 0 };
  const name = node.inputs[position]?.name ?? "";
  return node.constant(
    { shape: [rows, columns], dtype: "int8", quantization, data: bytesOf(integers) },
    name,
  );
}

function codedRows(
  { integers, scales, zeroPoints, which }: NonNullable<OnnxConstant["coded"]>,
  start: number,
  rows: number,
  columns: number,
): { integers: Int8Array; scales: number[] } {
  const result = new Int8Array(rows * columns);
  const chosen = Array.from({ length: rows }, (_, row) => which?.[start + row * columns] ?? 0);
  result.forEach((_, index) => {
    const at = start + index;
    const k = which?.[at] ?? 0;
    const value = (integers[at] ?? 0) - (zeroPoints[k] ?? 0);
    require(k === chosen[Math.floor(index / columns)] && value >= -128 && value <= 127, () =>
      "expects weights of a recurrent layer with one scale a row that lie within 128 of their zero point, found others. Quantize them symmetrically.");
    result[index] = value;
  });
  return { integers: result, scales: chosen.map((k) => scales[k] ?? 1) };
}

function roundedRows(
  { values }: OnnxConstant,
  start: number,
  rows: number,
  columns: number,
): { integers: Int8Array; scales: number[] } {
  const result = new Int8Array(rows * columns);
  const scales = Array.from({ length: rows }, (_, row) => {
    let largest = 0;
    for (let k = 0; k < columns; k++)
      largest = Math.max(largest, Math.abs(values[start + row * columns + k] ?? 0));
    const scale = Math.fround(largest / 127);
    if (!Number.isFinite(scale))
      throw new OperatorFault("expects finite weights, found NaN or infinity. Re-export the model.");
    if (scale === 0) return 1;
    for (let k = 0; k < columns; k++)
      result[row * columns + k] = Math.round((values[start + row * columns + k] ?? 0) / scale);
    return scale;
  });
  return { integers: result, scales };
}

/** The biases of one direction. */
export function biases(node: OnnxReader, direction: number, count: number): OnnxOperand | undefined {
  if (!node.inputs[3]) return undefined;
  const { values } = constantInput(node, 3, "biases");
  const data = Float32Array.from({ length: count }, (_, index) => values[direction * count + index] ?? 0);
  return node.constant({ shape: [count], dtype: "float32", data: bytesOf(data) }, node.inputs[3].name);
}

/** The state before the first step: none where it is 0. */
export function initial(
  node: OnnxReader,
  position: number,
  direction: number,
  sizes: RecurrentSizes,
): OnnxOperand | undefined {
  const tensor = node.inputs[position];
  const { batches, units, batchFirst, directions } = sizes;
  if (!tensor) return undefined;
  if (!tensor.constant) {
    require(directions === 1, () =>
      `expects a constant initial state where there are two directions, found "${tensor.name}", which is computed. Use two layers of one direction.`);
    return node.arranged(position, [[0, 1], [2]]);
  }
  const { values } = tensor.constant;
  const own = Array.from({ length: batches * units }, (_, index) => {
    const [batch, unit] = [Math.floor(index / units), index % units];
    const row = batchFirst ? batch * directions + direction : direction * batches + batch;
    return values[row * units + unit] ?? 0;
  });
  const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return undefined;
  const scale = Math.fround(largest / 32767);
  const data = Int16Array.from(own, (value) => Math.round(value / scale));
  const quantization = { scales: [scale], zeroPoints: [0], axis: 0 };
  return node.constant(
    { shape: [batches, units], dtype: "int16", quantization, data: bytesOf(data) },
    tensor.name,
  );
}

/** State that the module keeps: it starts as the file's constant initial state, or as 0. */
export function kept(node: OnnxReader, cell: boolean, sizes: RecurrentSizes): OnnxOperand[] {
  const { batches, units, directions } = sizes;
  require(directions === 1 && node.text("direction", "forward") === "forward", () =>
    "expects one direction, forward, where the state is kept from one inference to the next, found another. Build it without --stateful.");
  const shape = [batches, units];
  const start = (position: number, bits: number) => {
    const tensor = node.inputs[position];
    require(!tensor || !!tensor.constant, () =>
      `expects a constant initial state where the state is kept, found "${tensor?.name}", which is computed. Build it without --stateful, or remove that input.`);
    const values = tensor?.constant?.values;
    const limit = bits === STATE_BITS ? 2 ** 15 - 1 : 2 ** 31 - 1;
    return Array.from({ length: batches * units }, (_, index) =>
      Math.min(limit, Math.max(-limit, Math.round(Number(values?.[index] ?? 0) * 2 ** bits))),
    );
  };
  const quantized = (bits: number) => ({ scales: [2 ** -bits], zeroPoints: [0], axis: 0 });
  const state = Int16Array.from(start(5, STATE_BITS));
  const tensors: Omit<Tensor, "name">[] = [
    { shape, dtype: "int16", quantization: quantized(STATE_BITS), state: { initial: bytesOf(state) } },
  ];
  if (cell) {
    const initialCell = bytesOf(Int32Array.from(start(6, CELL_BITS)));
    tensors.push({
      shape,
      dtype: "int32",
      quantization: quantized(CELL_BITS),
      state: { initial: initialCell },
    });
  }
  return tensors.map((tensor, index) =>
    node.constant(tensor, `${node.outputs[0]?.name ?? ""}/state${index || ""}`),
  );
}
