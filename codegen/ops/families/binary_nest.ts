/** The loops of assembly/binary: how a layer's two operands, broadcast, become calls of one of its kernels. */

import type { Layer } from "../../graph/graph.ts";
import { elementBytes, elementCount, shapeText, type Tensor } from "../../graph/tensor.ts";
import type { Argument } from "../descriptor.ts";
import {
  type BroadcastLevel,
  type BroadcastNest,
  broadcastLevels,
  broadcastNests,
  checkNests,
} from "./broadcast.ts";

/** The kernels' loop levels, outermost first. */
const LEVELS = ["batch", "outer", "middle", "inner"] as const;
const OPERANDS = ["a", "b"] as const;

/** Throws an `OperatorFault` where these shapes take too many calls. */
export function checkBinaryNests(...shapes: readonly (readonly number[])[]): void {
  checkNests(broadcastLevels(...shapes), LEVELS.length);
}

/** The calls that run over these shapes. */
export function binaryNests(...shapes: readonly (readonly number[])[]): BroadcastNest[] {
  return broadcastNests(broadcastLevels(...shapes), LEVELS.length);
}

/** The counts and byte steps of a nest's levels, those that it has not being of one round. */
export function levelArguments(
  levels: readonly BroadcastLevel[],
  bytes: readonly number[],
  names: readonly string[],
): Argument[] {
  const missing = LEVELS.length - levels.length;
  return LEVELS.flatMap((level, at): Argument[] => {
    const { count, steps } = levels[at - missing] ?? { count: 1, steps: [] };
    return [
      { name: level, literal: count },
      ...names.map((name, i) => ({ name: `${name}_${level}`, literal: (steps[i] ?? 0) * (bytes[i] ?? 1) })),
    ];
  });
}

/** Calls with the arguments `head`, both operands, the output, the loops and `tail`. */
export function binaryCalls(
  layer: Layer<unknown>,
  head: readonly Argument[],
  tail: readonly Argument[],
  order: readonly [number, number] = [0, 1],
): Argument[][] {
  const operands = order.map((index) => layer.inputs[index]).filter((tensor) => tensor !== undefined);
  const [output] = layer.outputs;
  const bytes = operands.map(({ dtype }) => elementBytes(dtype));
  const outputBytes = elementBytes(output?.dtype ?? "int8");
  return binaryNests(...operands.map(({ shape }) => shape)).map((nest): Argument[] => [
    ...head,
    ...operands.map((tensor, i) => ({
      name: OPERANDS[i] ?? "",
      input: order[i] ?? i,
      offset: (nest.starts[i] ?? 0) * (bytes[i] ?? 1),
      note: shapeText(tensor),
    })),
    { name: "output", output: 0, offset: nest.output * outputBytes, note: shapeText(output) },
    ...levelArguments(nest.levels, bytes, OPERANDS),
    ...tail,
  ]);
}

/**
 * Elements are read and written in order, so an operand of as many elements may lie at the output's address, unless
 * the output's are larger.
 */
export function elementOverlap(layer: Layer<unknown>, index: number): number | undefined {
  const [output] = layer.outputs;
  const operand = layer.inputs[index];
  if (!operand || !output) return undefined;
  const sizes = ({ shape, dtype }: Tensor) => [elementCount(shape), elementBytes(dtype)] as const;
  const [count, bytes] = sizes(operand);
  const [outputCount, outputBytes] = sizes(output);
  return count === outputCount && outputBytes <= bytes ? 0 : undefined;
}
