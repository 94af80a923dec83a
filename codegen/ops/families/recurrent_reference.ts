/** The arithmetic of recurrent layers, step by step (ARCHITECTURE.md, "Recurrent layers"): the judge of their kernels. */

import { clamp } from "../../graph/fixed_point.ts";
import {
  elementCount,
  integerRange,
  numbersOf,
  type Tensor,
  type Values,
  zeros,
} from "../../graph/tensor.ts";
import type { Layer } from "../descriptor.ts";
import { scaleOf, zeroPointOf } from "./activation.ts";
import {
  CELL_BITS,
  type GateRow,
  type Recurrent,
  type RecurrentAttributes,
  STATE_BITS,
  type SumFactor,
  sumFactor,
  tanhTable,
} from "./recurrent.ts";

const TABLE = tanhTable();

/** value · multiplier / 2^exponent, halves up. */
export function scaled(value: number, { multiplier, exponent }: SumFactor): number {
  return Number((BigInt(value) * BigInt(multiplier) + (1n << BigInt(exponent - 1))) >> BigInt(exponent));
}

/** tanh in Q15 of a number with `bits` fraction bits: linear between table entries 1/32 apart. */
export function tanhQ15(value: number, bits: number): number {
  const step = 2 ** (bits - 5);
  const size = Math.abs(value);
  const index = Math.floor(size / step);
  const [low = 0, high = 0] = [TABLE[index], TABLE[index + 1]];
  const result =
    index >= 256 ? 2 ** 15 : low + Math.floor(((high - low) * (size - index * step) + step / 2) / step);
  return value < 0 ? -result : result;
}

/** The logistic function in Q16, 0 to 65536. */
export function sigmoidQ16(value: number, bits: number): number {
  return 2 ** 15 + tanhQ15(value, bits + 1);
}

/** a · b / 2^16, halves up; exact below 2^53. */
export function timesQ16(a: number, b: number): number {
  return Math.floor((a * b + 2 ** 15) / 2 ** 16);
}

export const int16 = (value: number) => clamp(value, -32768, 32767);

/** The sums of one step: of a row's input part with its bias, and of its part of a state. */
export interface StepSums {
  readonly units: number;
  readonly bits: number;
  /** Row `gate` · units + `unit`. */
  row(gate: number, unit: number): GateRow;
  input(row: GateRow): number;
  state(row: GateRow, state: readonly number[]): number;
}

/** A step: the new state (and cell, in place) from the old one. */
export type Step = (sums: StepSums, state: readonly number[], cell: number[]) => number[];

/** Values of x at a step and batch, and a row's sum over them. */
function inputSum(recurrent: Recurrent, values: readonly number[], row: GateRow): number {
  if (recurrent.x.dtype !== "float32") {
    const sum = row.weights.reduce((total, weight, index) => total + weight * (values[index] ?? 0), 0);
    return row.bias + scaled(sum, row.input);
  }
  let sum = 0;
  row.weights.forEach((weight, index) => {
    sum = Math.fround(sum + Math.fround((values[index] ?? 0) * weight));
  });
  const real = Math.fround(sum * row.inputScale);
  return row.bias + (Number.isNaN(real) ? 0 : clamp(roundEven(real), -(2 ** 29), 2 ** 29));
}

/** To the nearest integer, halves to even. */
function roundEven(value: number): number {
  if (Math.abs(value) >= 2 ** 29) return value;
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** A state given from outside, as integers with `bits` fraction bits of `type`. */
function initialState(
  tensor: Tensor | undefined,
  values: Values | undefined,
  bits: number,
  type: "int16" | "int32",
  stateful: boolean,
): number[] {
  if (!tensor) return [];
  if (stateful) return numbersOf(values);
  const factor = sumFactor(scaleOf(tensor) * 2 ** bits);
  const { min, max } = integerRange(type);
  return numbersOf(values).map((value) => clamp(scaled(value - zeroPointOf(tensor), factor), min, max));
}

/** Runs all steps of a layer. */
export function runRecurrent(
  layer: Layer<RecurrentAttributes>,
  inputs: readonly (Values | undefined)[],
  recurrent: Recurrent,
  step: Step,
): Values[] {
  const { attributes, outputs } = layer;
  const { units, depth, steps, batches, rows, bits } = recurrent;
  const x = numbersOf(inputs[0]);
  const { stateful, timeMajor, returns } = attributes;
  const states = initialState(recurrent.initial, inputs[4], STATE_BITS, "int16", stateful);
  const cells = initialState(recurrent.initialCell, inputs[5], CELL_BITS, "int32", stateful);
  const results = outputs.map(({ dtype, shape }) => zeros(dtype, elementCount(shape)));
  const positionOf = (time: number, batch: number) =>
    timeMajor ? time * batches + batch : batch * steps + time;
  const write = (output: number, at: number, values: readonly number[], valueBits: number) => {
    const tensor = outputs[output];
    if (!tensor) return;
    const { min, max } = integerRange(tensor.dtype);
    const factor = sumFactor(2 ** -valueBits / scaleOf(tensor));
    values.forEach((value, index) => {
      const target = results[output];
      if (target) target[at + index] = clamp(scaled(value, factor) + zeroPointOf(tensor), min, max);
    });
  };
  for (let batch = 0; batch < batches; batch++) {
    let state = Array.from({ length: units }, (_, unit) => states[batch * units + unit] ?? 0);
    const cell = Array.from({ length: units }, (_, unit) => cells[batch * units + unit] ?? 0);
    for (let count = 0; count < steps; count++) {
      const time = attributes.reverse ? steps - 1 - count : count;
      const at = positionOf(time, batch);
      const values = x.slice(at * depth, (at + 1) * depth);
      state = step(
        {
          units,
          bits,
          row: (gate, unit) => rows[gate * units + unit] as GateRow,
          input: (row) => inputSum(recurrent, values, row),
          state: (row, from) =>
            scaled(
              row.stateWeights.reduce((sum, weight, index) => sum + weight * (from[index] ?? 0), 0),
              row.state,
            ),
        },
        state,
        cell,
      );
      returns.forEach((result, output) => {
        if (result === "sequence") write(output, at * units, state, STATE_BITS);
      });
    }
    returns.forEach((result, output) => {
      if (result === "last") write(output, batch * units, state, STATE_BITS);
      if (result === "cell") write(output, batch * units, cell, CELL_BITS);
    });
    if (!stateful) continue;
    results[returns.length]?.set(state as never, batch * units);
    results[returns.length + 1]?.set(cell as never, batch * units);
  }
  return results;
}
