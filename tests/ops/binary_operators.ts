/** Binary operators for tests: random shapes that broadcast, with computed and constant operands. */

import { bytesOf, type DType, elementCount, type Tensor } from "../../codegen/graph/tensor.ts";
import { broadcastShape } from "../../codegen/ops/families/broadcast.ts";
import { type FileOperatorCase, tensor } from "./file_operator.ts";
import { finiteValues, type Random, randomOf } from "./random_values.ts";

/** A constant of int8 values. */
export function constant(values: readonly number[], scale = 0.05, zeroPoint = 3): Tensor {
  return { ...tensor([values.length], scale, zeroPoint), data: bytesOf(Int8Array.from(values)) };
}

/** The operator on two operands. */
export function binary(
  spelling: string,
  operands: readonly [Tensor, Tensor],
  output: Tensor,
  activation = 0,
): FileOperatorCase {
  return { spelling, inputs: operands, outputs: [output], options: { activation } };
}

/** Quantization of a random tensor of some type. */
interface Numbers {
  readonly dtype: DType;
  readonly scales: readonly [number, ...number[]];
}

function randomTensor(random: Random, shape: readonly number[], { dtype, scales }: Numbers): Tensor {
  const zeroPoint = dtype === "int8" ? random.pick([-128, 127, random.int(-128, 127)]) : 0;
  return tensor(shape, random.pick(scales), zeroPoint, dtype);
}

function randomOperand(
  random: Random,
  shape: readonly number[],
  numbers: Numbers,
  isConstant: boolean,
): Tensor {
  const kept = shape.map((size) => (random.real() < 0.6 ? size : 1));
  const rank = random.pick([shape.length, shape.length, random.int(1, shape.length)]);
  const operand = randomTensor(random, kept.slice(shape.length - rank), numbers);
  return isConstant ? { ...operand, data: bytesOf(finiteValues(operand, random)) } : operand;
}

interface Choice {
  readonly count: number;
  readonly seed: number;
  /** Whether the second operand of all is constant, not of some. */
  readonly constants?: boolean;
  readonly dtype?: DType;
  readonly outputType?: DType;
  /** Whether they have a fused activation; so if left out. */
  readonly fused?: boolean;
  /** The longest last dimension. */
  readonly row?: number;
}

/** `count` operators on shapes that broadcast. */
export function randomBinaries(
  spelling: string,
  { count, seed, constants = false, dtype = "int8", outputType = dtype, fused = true, row = 5 }: Choice,
): FileOperatorCase[] {
  const random = randomOf(seed);
  const wide = dtype === "int16";
  return Array.from({ length: count }, () => {
    const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 5));
    if (row > 5) shape.push(random.int(1, row));
    const fixed = constants ? 1 : random.pick([-1, -1, 0, 1]);
    const numbers: Numbers = { dtype, scales: wide ? [0.0001, 0.0001, 0.00037] : [0.05, 0.05, 0.003, 0.9] };
    const a = randomOperand(random, shape, numbers, fixed === 0);
    const b = randomOperand(random, shape, numbers, fixed === 1);
    const results: Numbers = { dtype: outputType, scales: wide ? [0.0002, 0.00004] : [0.1, 0.02, 1.3] };
    const output = randomTensor(random, broadcastShape(a.shape, b.shape), results);
    return binary(spelling, [a, b], output, fused ? random.int(0, 3) : 0);
  }).filter(({ outputs: [output] }) => elementCount(output?.shape ?? []) <= 80 * row);
}
