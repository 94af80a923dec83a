/** Data movement: strided copies between two tensors, and the kernel variants that run them (assembly/move). */

import { require } from "../../error.ts";
import type { Argument, KernelVariant, Layer } from "../descriptor.ts";

/** One loop of a copy; the steps are bytes from one round to the next, negative where the input runs backwards. */
export interface Level {
  readonly count: number;
  readonly inputStep: number;
  readonly outputStep: number;
}

/** A copy of runs of bytes from one tensor to another; offsets and steps are bytes, levels outermost first. */
export interface Move {
  /** Positions among the layer's inputs and outputs. */
  readonly input: number;
  readonly output: number;
  readonly inputOffset: number;
  readonly outputOffset: number;
  readonly run: number;
  readonly levels: readonly Level[];
}

/** A move that the kernels take: at most three levels. */
const MAX_LEVELS = 3;
/** Calls that a layer may take; more than that is a shape that no network has. */
const MAX_CALLS = 64;

/** Bytes from one index of each dimension to the next, of a row-major tensor. */
export function byteStrides(shape: readonly number[], elementBytes: number): number[] {
  const strides: number[] = [];
  let bytes = elementBytes;
  for (const dimension of [...shape].reverse()) {
    strides.unshift(bytes);
    bytes *= dimension;
  }
  return strides;
}

/** The same copy with as long runs and as few levels as possible. */
export function collapse(move: Move): Move {
  let run = move.run;
  const levels: Level[] = [];
  for (const level of [...move.levels].reverse()) {
    const inner = levels[0];
    if (level.count === 1) continue;
    if (!inner && level.inputStep === run && level.outputStep === run) run *= level.count;
    else if (
      inner &&
      level.inputStep === inner.inputStep * inner.count &&
      level.outputStep === inner.outputStep * inner.count
    )
      levels[0] = { ...inner, count: inner.count * level.count };
    else levels.unshift(level);
  }
  return { ...move, run, levels };
}

/** Collapses a copy and, where it has more levels than the kernels, unrolls the outermost ones into several. */
export function kernelMoves(move: Move): Move[] {
  const collapsed = collapse(move);
  const [outermost, ...rest] = collapsed.levels;
  if (!outermost || collapsed.levels.length <= MAX_LEVELS) return [collapsed];
  return Array.from({ length: Math.min(outermost.count, MAX_CALLS + 1) }, (_, index) => ({
    ...collapsed,
    inputOffset: collapsed.inputOffset + index * outermost.inputStep,
    outputOffset: collapsed.outputOffset + index * outermost.outputStep,
    levels: rest,
  })).flatMap(kernelMoves);
}

/** Throws an `OperatorFault` where copying would take more calls than a layer may have. */
export function checkMoves(moves: readonly Move[]): void {
  require(moves.length <= MAX_CALLS, () =>
    `moves data in more than ${MAX_CALLS} pieces, which is not supported; expected ${MAX_CALLS} tensors or outer indices at most. Split the operator.`);
}

/** The arguments that describe the loops of `move_grid`; its outer steps start from where the inner level ended. */
export function gridArguments({ run, levels }: Move): Argument[] {
  const [rows, one, two] = [...levels].reverse();
  const none: Level = { count: 1, inputStep: 0, outputStep: 0 };
  const after = (level: Level | undefined, inner: Level, name: string): Argument[] => {
    const { count, inputStep, outputStep } = level ?? none;
    return [
      { name: `count_${name}`, literal: count },
      { name: `input_step_${name}`, literal: level ? inputStep - inner.count * inner.inputStep : 0 },
      { name: `output_step_${name}`, literal: level ? outputStep - inner.count * inner.outputStep : 0 },
    ];
  };
  return [
    ...rowArguments({ run, levels: rows ? [rows] : [] }),
    ...after(one, rows ?? none, "1"),
    ...after(two, one ?? none, "2"),
  ];
}

function rowArguments({ run, levels }: Pick<Move, "run" | "levels">): Argument[] {
  const [rows] = levels;
  return [
    { name: "run", literal: run, note: "bytes" },
    { name: "rows", literal: rows?.count ?? 1 },
    { name: "input_step", literal: rows?.inputStep ?? 0 },
    { name: "output_step", literal: rows?.outputStep ?? 0 },
  ];
}

/** Rough cycles: a load and a store for each 8 bytes of a run, and the loop around it. */
export function moveCost(moves: readonly Move[]): number {
  const runs = (move: Move) => move.levels.reduce((product, { count }) => product * count, 1);
  return moves.reduce((sum, move) => sum + runs(move) * (8 + move.run / 2), 0);
}

/**
 * The variants of an operator that only copies. `movesOf`: its copies, in the order in which they run, as they come
 * from `kernelMoves`. `overlap` as in `KernelVariant`.
 */
export function moveVariants<A>(
  movesOf: (layer: Layer<A>) => readonly Move[],
  overlap: (layer: Layer<A>, index: number) => number | undefined,
): KernelVariant<A>[] {
  const variant = (
    name: string,
    levels: number,
    loops: (move: Move) => readonly Argument[],
  ): KernelVariant<A> => ({
    name,
    file: "move/portable",
    fits: (layer) => movesOf(layer).every((move) => move.levels.length <= levels),
    // The kernel with fewer loops where both fit.
    cost: (layer) => moveCost(movesOf(layer)) + levels,
    overlap,
    calls: (layer) =>
      movesOf(layer).map((move) => [
        { name: "input", input: move.input, offset: move.inputOffset },
        { name: "output", output: move.output, offset: move.outputOffset },
        ...loops(move),
      ]),
  });
  return [variant("move_rows", 1, rowArguments), variant("move_grid", MAX_LEVELS, gridArguments)];
}
