/**
 * The LSTM over a sequence of .tflite files: tensors, sizes, rules, and the numbers that kernel and reference share (TFLite
 * Micro: lstm_eval_common.cc). Inputs as in unidirectional_sequence_lstm.ts.
 */

import { require } from "../../error.ts";
import { type FixedFactor, fixedFactor } from "../../graph/fixed_point.ts";
import type { SigmoidScale } from "../../graph/sigmoid_table.ts";
import { elementCount, shapeText, type Tensor, valuesOf } from "../../graph/tensor.ts";
import type { Layer } from "../descriptor.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";

export interface SequenceLstmAttributes {
  /** The sequence is [steps, batches, …], not [batches, steps, …]. */
  readonly timeMajor: boolean;
  /** Largest magnitude of the cell state as a real number; 0: any. */
  readonly cellClip: number;
}

export type SequenceLstm = Layer<SequenceLstmAttributes>;

/** Positions of the states among the inputs. */
export const HIDDEN = 13;
export const CELL = 14;
const INPUTS = 15;

/** Positions of a gate's weights, state weights and bias. */
interface GatePlace {
  readonly name: string;
  readonly weights: number;
  readonly stateWeights: number;
  readonly bias: number;
}

/** The gates in the order in which the kernel takes them. */
export const GATES: readonly GatePlace[] = [
  { name: "forget", weights: 2, stateWeights: 6, bias: 10 },
  { name: "input", weights: 1, stateWeights: 5, bias: 9 },
  { name: "output", weights: 4, stateWeights: 8, bias: 12 },
  { name: "cell", weights: 3, stateWeights: 7, bias: 11 },
];

export interface LstmSizes {
  readonly batches: number;
  readonly steps: number;
  readonly inputs: number;
  readonly units: number;
}

/** A tensor that the rules ask for. Throws an `OperatorFault` where it is absent. */
export function inputAt({ inputs }: Pick<SequenceLstm, "inputs">, position: number): Tensor {
  const tensor = inputs[position];
  require(inputs.length === INPUTS && !!tensor, () =>
    `expects a sequence, 8 weights, 4 biases and 2 states, found ${inputs.filter((each) => each).length} tensors of ${INPUTS}. Export the layer without CIFG, peepholes, projection and layer normalization.`);
  return tensor;
}

export function lstmSizes(layer: Pick<SequenceLstm, "inputs" | "attributes">): LstmSizes {
  const sequence = inputAt(layer, 0);
  const [first = 1, second = 1, inputs = 1] = sequence.shape;
  const [steps, batches] = layer.attributes.timeMajor ? [first, second] : [second, first];
  return { batches, steps, inputs, units: inputAt(layer, 1).shape[0] ?? 1 };
}

/** The factors of a gate's sums over the sequence and over the state, to 12 fraction bits. */
export function gateFactors(layer: SequenceLstm, gate: GatePlace): readonly [FixedFactor, FixedFactor] {
  const factor = (values: number, weights: number) =>
    fixedFactor(Math.fround(scaleOf(inputAt(layer, values)) * scaleOf(inputAt(layer, weights))) * 2 ** 12);
  return [factor(0, gate.weights), factor(HIDDEN, gate.stateWeights)];
}

/** The numbers of what comes after the gates. */
export interface CellNumbers {
  /** Of the product of input and cell gate. */
  readonly write: FixedFactor;
  /** Of the product of the output gate and the cell's tanh. */
  readonly output: FixedFactor;
  readonly tanh: SigmoidScale;
  /** Largest magnitude of the cell; `undefined`: any. */
  readonly clip: number | undefined;
}

/** The exponent of the power of two that is nearest to the cell's scale, in logarithms. */
function cellExponent(layer: SequenceLstm): number {
  return Math.round(Math.log2(scaleOf(inputAt(layer, CELL))));
}

export function cellNumbers(layer: SequenceLstm): CellNumbers {
  const scale = scaleOf(inputAt(layer, CELL));
  const places = cellExponent(layer) + 12;
  const { cellClip } = layer.attributes;
  return {
    write: fixedFactor(2 ** -30 / scale),
    output: fixedFactor(2 ** -30 / scaleOf(inputAt(layer, HIDDEN))),
    tanh: places < 0 ? { multiplier: 3, shift: -places } : { multiplier: 3 * 2 ** places, shift: 0 },
    clip: cellClip > 0 ? Math.min(Math.trunc(cellClip / scale), 32767) : undefined,
  };
}

/** For each gate and unit −zero point · Σ weights and the bias: of the sum over the sequence, and of that over the state. */
export function foldedBiases(layer: SequenceLstm, gate: GatePlace): readonly [Int32Array, Int32Array] {
  const { units } = lstmSizes(layer);
  const fold = (values: number, weights: number, start: Int32Array) => {
    const { data = new Uint8Array() } = inputAt(layer, weights);
    const zeroPoint = zeroPointOf(inputAt(layer, values));
    const run = data.length / units;
    return start.map((bias, unit) => {
      const row = Int8Array.from(data.subarray(unit * run, (unit + 1) * run));
      return bias - zeroPoint * row.reduce((sum, weight) => sum + weight, 0);
    });
  };
  const bias = inputAt(layer, gate.bias);
  const given = Int32Array.from(valuesOf("int32", bias.data ?? new Uint8Array(4 * units)) as Int32Array);
  return [fold(0, gate.weights, given), fold(HIDDEN, gate.stateWeights, new Int32Array(units))];
}

/** Throws an `OperatorFault` on a layer that TFLite Micro refuses, and on one that isn't int8 with an int16 cell. */
export function checkSequenceLstm(layer: SequenceLstm): void {
  const sequence = inputAt(layer, 0);
  const [output] = layer.outputs;
  require(sequence.shape.length === 3, () =>
    `expects a sequence of 3 dimensions, found ${shapeText(sequence)}. The file may be damaged; re-export it.`);
  const { batches, inputs, units } = lstmSizes(layer);
  const expected = [...sequence.shape.slice(0, 2), units];
  require(output?.shape.join() === expected.join(), () =>
    `expects an output of ${shapeText({ shape: expected })}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  checkTensor(sequence, "int8", sequence.shape, "sequence");
  checkTensor(output as Tensor, "int8", expected, "output");
  for (const { name, weights, stateWeights, bias } of GATES) {
    checkConstant(inputAt(layer, weights), "int8", [units, inputs], `weights of the ${name} gate`);
    checkConstant(inputAt(layer, stateWeights), "int8", [units, units], `state weights of the ${name} gate`);
    checkConstant(inputAt(layer, bias), "int32", [units], `biases of the ${name} gate`);
  }
  for (const [position, type] of [
    [HIDDEN, "int8"],
    [CELL, "int16"],
  ] as const) {
    const state = inputAt(layer, position);
    require(elementCount(state.shape) === batches * units && !!state.state, () =>
      `expects a state of ${batches * units} values, found ${shapeText(state)}. The file may be damaged; re-export it.`);
    checkTensor(state, type, state.shape, "state");
  }
  const exponent = cellExponent(layer);
  require(exponent >= -43 && exponent <= 1, () =>
    `expects a cell state of a scale from 2^-43 to 2, found ${scaleOf(inputAt(layer, CELL))}. Re-export the model.`);
}

function checkTensor(tensor: Tensor, dtype: string, shape: readonly number[], what: string): void {
  require(tensor.dtype === dtype, () =>
    `expects ${what} of ${dtype}, found ${tensor.dtype}. Quantize the model to int8 (activations of 8 bits, cell state of 16).`);
  require(tensor.shape.join() === shape.join(), () =>
    `expects ${what} of ${shapeText({ shape })}, found ${shapeText(tensor)}. The file may be damaged; re-export it.`);
  if (dtype !== "int32") scaleOf(tensor);
}

function checkConstant(tensor: Tensor, dtype: string, shape: readonly number[], what: string): void {
  checkTensor(tensor, dtype, shape, what);
  const { scales = [], zeroPoints = [] } = tensor.quantization ?? {};
  require(!!tensor.data, () => `expects constant ${what}, found computed ones. Export a trained model.`);
  require(dtype === "int32" || (scales.length === 1 && zeroPoints[0] === 0), () =>
    `expects one scale and zero point 0 for the ${what}, found ${scales.length} and ${zeroPoints[0]}. Re-export the model.`);
}
