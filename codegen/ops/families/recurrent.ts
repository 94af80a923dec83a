/**
 * GRU, LSTM and RNN in Mote's own fixed point (ARCHITECTURE.md, "Recurrent layers"): tensors, rules, and the numbers that
 * kernels and references share. The formulas are ONNX's (onnx.ai: operators GRU, LSTM, RNN).
 *
 * Inputs: 0 x, int8, int16 or float32, [batch, steps, depth] or time first; 1 weights and 2 state weights, constant int8
 * [gates · units, depth] and [gates · units, units]; 3 biases, constant float32 [2 · gates · units], of the input's part,
 * then of the state's, or absent; 4 initial state [batch, units] or absent; LSTM: 5 initial cell, likewise.
 */

import { require } from "../../error.ts";
import { tanh } from "../../graph/elementary.ts";
import { bitsFor, type FixedFactor, fixedFactor } from "../../graph/fixed_point.ts";
import { type Tensor, valuesOf } from "../../graph/tensor.ts";
import type { Layer } from "../descriptor.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";

export type RecurrentResult = "sequence" | "last" | "cell";

export interface RecurrentAttributes {
  /** From the last step to the first. */
  readonly reverse: boolean;
  /** x and a sequence are [steps, batch, …], not [batch, steps, …]. */
  readonly timeMajor: boolean;
  /** What the outputs are, in order: the state after each step or the last one, LSTM's cell after the last. */
  readonly returns: readonly RecurrentResult[];
  /** Whether states live on from one inference to the next: inputs 4 (and 5), and again the outputs after `returns`. */
  readonly stateful: boolean;
}

/** Fraction bits of the state (int16) and of LSTM's cell (int32). */
export const STATE_BITS = 15;
export const CELL_BITS = 16;
/** Most fraction bits of a gate's sum. */
const GATE_BITS = 20;
/** A sum of magnitudes from which on int16 times int8 may leave int32. */
const MAX_ROW = 65536;
const MAX_BATCHES = 64;

/** A sum's factor: times `multiplier`, rounded, right by `exponent` in [1, 62]. */
export interface SumFactor {
  readonly multiplier: number;
  readonly exponent: number;
}

export function sumFactor(factor: number): SumFactor {
  const { multiplier, shift }: FixedFactor = fixedFactor(factor);
  return { multiplier, exponent: 31 - shift };
}

/** The numbers of one gate of one unit. */
export interface GateRow {
  readonly weights: Int8Array;
  readonly stateWeights: Int8Array;
  /** In the gates' fixed point; `stateBias` is apart only where `splitBiases` was asked for. */
  readonly bias: number;
  readonly stateBias: number;
  /** Of the sum over an integer input. */
  readonly input: SumFactor;
  /** Of the sum over a float32 input. */
  readonly inputScale: number;
  readonly state: SumFactor;
}

export interface Recurrent {
  readonly x: Tensor;
  readonly initial: Tensor | undefined;
  readonly initialCell: Tensor | undefined;
  readonly units: number;
  readonly depth: number;
  readonly steps: number;
  readonly batches: number;
  /** Fraction bits of a gate's sum. */
  readonly bits: number;
  /** Rows in the file's order: gate after gate, unit after unit. */
  readonly rows: readonly GateRow[];
}

type Parts = Pick<Layer<RecurrentAttributes>, "inputs" | "attributes">;

/** Steps, batches and depth of the input. Throws an `OperatorFault` where it has another rank. */
function sizesOf({ inputs, attributes }: Parts) {
  const [x, , stateWeights] = inputs;
  require(!!x && x.shape.length === 3 && !!stateWeights && stateWeights.shape.length === 2, () =>
    `expects an input of 3 dimensions and weights of 2, found ${x?.shape.length ?? 0} and ${stateWeights?.shape.length ?? 0}. The file may be damaged; re-export it.`);
  const [first = 1, second = 1, depth = 1] = x.shape;
  const [steps, batches] = attributes.timeMajor ? [first, second] : [second, first];
  return { x, steps, batches, depth, units: stateWeights.shape[1] ?? 1 };
}

/** Shapes of the outputs. */
export function recurrentShapes(parts: Parts): number[][] {
  const { steps, batches, units } = sizesOf(parts);
  const { timeMajor, returns, stateful } = parts.attributes;
  const sequence = timeMajor ? [steps, batches, units] : [batches, steps, units];
  const states = stateful ? parts.inputs.slice(4).map(() => [batches, units]) : [];
  return [...returns.map((result) => (result === "sequence" ? sequence : [batches, units])), ...states];
}

/** The rows of a constant int8 matrix with their scales. */
function matrixRows(tensor: Tensor | undefined, what: string, rows: number, columns: number) {
  require(!!tensor?.data && tensor.dtype === "int8" && tensor.shape.join() === [rows, columns].join(), () =>
    `expects constant int8 ${what} of ${rows}×${columns}, found ${tensor ? `${tensor.data ? "" : "computed "}${tensor.dtype} ${tensor.shape.join("×")}` : "none"}. Quantize the weights of the recurrent layer to int8.`);
  const { scales = [], zeroPoints = [], axis = 0 } = tensor.quantization ?? {};
  require((scales.length === 1 || (scales.length === rows && axis === 0)) &&
    zeroPoints.every((z) => z === 0), () =>
    `expects ${what} with one scale, or one a row, and zero points of 0, found ${scales.length} scales. Quantize them symmetrically.`);
  const values = Int8Array.from(tensor.data, (byte) => (byte << 24) >> 24);
  return Array.from({ length: rows }, (_, row) => ({
    values: values.subarray(row * columns, (row + 1) * columns),
    scale: scales[row] ?? scales[0] ?? 1,
  }));
}

const magnitude = (row: Int8Array) => row.reduce((sum, weight) => sum + Math.abs(weight), 0);

/** The largest distance of a value of x from its zero point, as a real number. */
function reachOf(x: Tensor): number {
  const levels = x.dtype === "int8" ? 128 : 32768;
  return (levels + Math.abs(zeroPointOf(x))) * scaleOf(x);
}

/**
 * Everything about a recurrent layer of `gates` gates. `splitBiases`: the gate whose state's bias stays apart. Throws an
 * `OperatorFault` where tensors or numbers are not as they must be.
 */
export function recurrentOf(layer: Parts, gates: number, splitBiases = -1): Recurrent {
  const { x, steps, batches, depth, units } = sizesOf(layer);
  require(x.dtype === "int8" || x.dtype === "int16" || x.dtype === "float32", () =>
    `expects an int8, int16 or float32 input, found ${x.dtype}. Quantize the model to int8.`);
  require(batches <= MAX_BATCHES, () =>
    `expects at most ${MAX_BATCHES} batches, found ${batches}. Run them one by one.`);
  const weights = matrixRows(layer.inputs[1], "weights", gates * units, depth);
  const stateWeights = matrixRows(layer.inputs[2], "state weights", gates * units, units);
  const biases = biasesOf(layer.inputs[3], 2 * gates * units);
  const float = x.dtype === "float32";
  const real = weights.map((row, index) => {
    const recurrent = stateWeights[index] ?? row;
    const [sum, stateSum] = [magnitude(row.values), magnitude(recurrent.values)];
    require((sum < MAX_ROW || x.dtype === "int8") && stateSum < MAX_ROW, () =>
      `expects weights the magnitudes of which sum up to less than ${MAX_ROW} a row, found ${Math.max(sum, stateSum)}. Use fewer units.`);
    const inputScale = float ? row.scale : row.scale * scaleOf(x);
    // Input values are multiplied as they are; the zero point's share is part of the bias.
    const shift = float ? 0 : zeroPointOf(x) * inputScale * row.values.reduce((total, w) => total + w, 0);
    const stateScale = recurrent.scale * 2 ** -STATE_BITS;
    const apart = Math.floor(index / units) === splitBiases;
    const bias = (biases[index] ?? 0) - shift + (apart ? 0 : (biases[gates * units + index] ?? 0));
    const stateBias = apart ? (biases[gates * units + index] ?? 0) : 0;
    const reach = float ? 0 : sum * row.scale * reachOf(x);
    const bound = Math.abs(bias) + Math.abs(stateBias) + reach + stateSum * recurrent.scale;
    return { row, recurrent, inputScale, stateScale, bias, stateBias, bound };
  });
  const bound = real.reduce((most, row) => Math.max(most, row.bound), 2 ** -10);
  // A float32 input's part is kept below 2^29; so is the rest, and their sum within int32.
  const bits = Math.min(GATE_BITS, 28 - bitsFor(bound));
  require(Number.isFinite(bound) && bits >= 8, () =>
    `expects gates below 2^20, found that weights and biases allow ${bound}. The file may be damaged; re-export it.`);
  const rows = real.map(
    ({ row, recurrent, inputScale, stateScale, bias, stateBias }): GateRow => ({
      weights: row.values,
      stateWeights: recurrent.values,
      bias: Math.round(bias * 2 ** bits),
      stateBias: Math.round(stateBias * 2 ** bits),
      input: sumFactor(inputScale * 2 ** bits),
      inputScale: Math.fround(inputScale * 2 ** bits),
      state: sumFactor(stateScale * 2 ** bits),
    }),
  );
  const [, , , , initial, initialCell] = layer.inputs;
  for (const state of [initial, initialCell]) checkState(state, batches, units, layer.attributes.stateful);
  return { x, initial, initialCell, units, depth, steps, batches, bits, rows };
}

function biasesOf(tensor: Tensor | undefined, count: number): number[] {
  if (!tensor) return [];
  require(!!tensor.data && tensor.dtype === "float32" && tensor.shape.join() === `${count}`, () =>
    `expects ${count} constant float32 biases, found ${tensor.data ? "" : "computed "}${tensor.dtype} ${tensor.shape.join("×")}. Re-export the model.`);
  const values = Array.from(valuesOf("float32", tensor.data), Number);
  require(values.every(Number.isFinite), () =>
    "expects finite biases, found NaN or infinity. The file may be damaged; re-export it.");
  return values;
}

function checkState(state: Tensor | undefined, batches: number, units: number, stateful: boolean): void {
  if (!state) return;
  const [type, cellType] = stateful ? ["int16", "int32"] : ["int8", "int16"];
  require((state.dtype === type || state.dtype === cellType) &&
    state.shape.join() === [batches, units].join(), () =>
    `expects an initial state of ${batches}×${units} ${type} or ${cellType} values, found ${state.dtype} ${state.shape.join("×")}. Quantize it to int16.`);
  if (!stateful) scaleOf(state);
}

/** The table of tanh: uint16[257], tanh(i / 32) in Q15. */
export function tanhTable(): Uint16Array<ArrayBuffer> {
  return Uint16Array.from({ length: 257 }, (_, index) => Math.round(tanh(index / 32) * 2 ** 15));
}

/** Multiply-accumulates of all steps. */
export function recurrentMacs({ rows, depth, units, steps, batches }: Recurrent): number {
  return rows.length * (depth + units) * steps * batches;
}

/** Throws an `OperatorFault` unless the outputs are what the attributes say they are, each among `possible`. */
export function checkResults(
  layer: Layer<RecurrentAttributes>,
  { batches, units }: Recurrent,
  possible: readonly RecurrentResult[],
): void {
  const { returns, stateful } = layer.attributes;
  const shapes = recurrentShapes(layer);
  require(returns.length > 0 && returns.every((result) => possible.includes(result)), () =>
    `expects its results to be among ${possible.join(", ")}, found ${returns.join(", ")}. Export the model without the others.`);
  require(shapes.map((shape) => shape.join("×")).join() ===
    layer.outputs.map(({ shape }) => shape.join("×")).join(), () =>
    `expects outputs of ${shapes.map((shape) => shape.join("×")).join(", ")}, found ${layer.outputs.map(({ shape }) => shape.join("×")).join(", ")}. The file may be damaged; re-export it.`);
  const results = layer.outputs.slice(0, returns.length);
  require(results.every(({ dtype }) => dtype === "int8" || dtype === "int16"), () =>
    `expects int8 or int16 outputs, found ${results.map(({ dtype }) => dtype).join(", ")}. Quantize the model to int8.`);
  const states = results.filter((_, index) => returns[index] !== "cell");
  const [first] = states;
  require(states.every((tensor) => tensor.dtype === first?.dtype && scaleOf(tensor) === scaleOf(first)) &&
    states.every((tensor) => zeroPointOf(tensor) === (first && zeroPointOf(first))), () =>
    "expects one type, scale and zero point for the sequence and the last state. Quantize them alike.");
  const kept = layer.inputs.slice(4);
  require(!stateful ||
    (kept.length > 0 && kept.every((state) => state?.shape.join() === `${batches},${units}`)), () =>
    `expects states of ${batches}×${units} where they are kept, found ${kept.length}. The file may be damaged; re-export it.`);
}
