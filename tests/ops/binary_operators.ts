/** Binary operators for tests: random shapes that broadcast, with computed and constant operands. */

import { bytesOf, elementCount, type Tensor } from "../../codegen/graph/tensor.ts";
import { type FileOperatorCase, tensor } from "./file_operator.ts";
import { type Random, randomOf, randomValues } from "./random_values.ts";

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

function randomOperand(random: Random, shape: readonly number[], isConstant: boolean): Tensor {
  const kept = shape.map((size) => (random.real() < 0.6 ? size : 1));
  const rank = random.pick([shape.length, shape.length, random.int(1, shape.length)]);
  const operand = tensor(
    kept.slice(shape.length - rank),
    random.pick([0.05, 0.05, 0.003, 0.9]),
    random.pick([-128, 127, random.int(-128, 127)]),
  );
  return isConstant ? { ...operand, data: bytesOf(randomValues(operand, random)) } : operand;
}

/** `count` operators; the second operand of all is constant where `constants` says so, else that of some. */
export function randomBinaries(
  spelling: string,
  { count, seed, constants = false }: { count: number; seed: number; constants?: boolean },
): FileOperatorCase[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => {
    const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 5));
    const fixed = constants ? 1 : random.pick([-1, -1, 0, 1]);
    const a = randomOperand(random, shape, fixed === 0);
    const b = randomOperand(random, shape, fixed === 1);
    const rank = Math.max(a.shape.length, b.shape.length);
    const size = (operand: Tensor, axis: number) => operand.shape.at(axis - rank) ?? 1;
    const dimension = (axis: number) =>
      Math.max(...[a, b].map((operand) => (axis - rank < -operand.shape.length ? 1 : size(operand, axis))));
    const output = tensor(
      Array.from({ length: rank }, (_, axis) => dimension(axis)),
      random.pick([0.1, 0.02, 1.3]),
      random.int(-128, 127),
    );
    return binary(spelling, [a, b], output, random.int(0, 3));
  }).filter(({ outputs: [output] }) => elementCount(output?.shape ?? []) <= 400);
}
