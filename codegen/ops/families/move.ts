/** Data movement: strided copies between two tensors, and the kernel variants that run them (assembly/move). */

import { bytesOf, elementBytes, type Tensor } from "../../graph/tensor.ts";
import type { Argument, Copy, KernelVariant, Layer, Packed } from "../descriptor.ts";

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

/** Most levels of `move_grid`; `move_nest` takes any number. */
export const GRID_LEVELS = 3;

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

/** One dimension of a copy that fills its output in order: how many indices, and the input's bytes between them. */
export interface Axis {
  readonly count: number;
  readonly inputStep: number;
}

/** Fills `output` in the order of its bytes: one axis for each loop around an element, outermost first. */
export function fillInOrder(output: Tensor, inputOffset: number, axes: readonly Axis[]): Move {
  const run = elementBytes(output.dtype);
  const outputSteps = byteStrides(
    axes.map(({ count }) => count),
    run,
  );
  const levels = axes.map((axis, index) => ({ ...axis, outputStep: outputSteps[index] ?? 0 }));
  return collapse({ input: 0, output: 0, inputOffset, outputOffset: 0, run, levels });
}

/**
 * How far before its input a copy that fills its output in order must start: an element is read at the latest when it
 * is written, so that no write may land above what it copies.
 */
export function distanceInOrder({ inputOffset, outputOffset, levels }: Move): number {
  const ahead = levels.reduce(
    (most, { count, inputStep, outputStep }) => most + Math.max(0, (count - 1) * (outputStep - inputStep)),
    outputOffset - inputOffset,
  );
  return Math.max(0, ahead);
}

/** What `copies` says of an output that is one run of bytes of input 0; nothing where a copy has more than one run. */
export function wholeCopy({ levels, inputOffset }: Move): readonly Copy[] {
  return levels.length > 0 ? [] : [{ input: 0, output: 0, inside: "input", offset: inputOffset }];
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

/** The levels of a move that `move_nest` keeps in a table: all but the innermost, three int32 each. */
function nestTable({ levels }: Move): Uint8Array {
  return bytesOf(
    Int32Array.from(
      levels.slice(0, -1).flatMap(({ count, inputStep, outputStep }) => [count, inputStep, outputStep]),
    ),
  );
}

/** `move_nest`'s table of each of a layer's moves, by the name that `nestArguments` gives it. */
export function nestTables(moves: readonly Move[]): Packed {
  return Object.fromEntries(
    moves.map((move, index) => [`levels_${index}`, { bytes: nestTable(move), align: 4, role: "tables" }]),
  );
}

/** The arguments that describe the loops of `move_nest` for move `index` of a layer. */
export function nestArguments(move: Move, index: number): Argument[] {
  return [
    ...rowArguments({ run: move.run, levels: move.levels.slice(-1) }),
    { name: "levels", literal: Math.max(0, move.levels.length - 1) },
    { name: "table", constant: `levels_${index}` },
  ];
}

/**
 * The variants of an operator that only copies. `movesOf`: its copies, collapsed, in the order in which they run.
 * `overlap` as in `KernelVariant`.
 */
export function moveVariants<A>(
  movesOf: (layer: Layer<A>) => readonly Move[],
  overlap: (layer: Layer<A>, index: number) => number | undefined,
): KernelVariant<A>[] {
  const variant = (
    name: string,
    levels: number,
    loops: (move: Move, index: number) => readonly Argument[],
  ): KernelVariant<A> => ({
    name,
    file: "move/portable",
    fits: (layer) => movesOf(layer).every((move) => move.levels.length <= levels),
    // The kernel with fewer loops where both fit.
    cost: (layer) => moveCost(movesOf(layer)) + Math.min(levels, GRID_LEVELS + 1),
    overlap,
    calls: (layer) =>
      movesOf(layer).map((move, index) => [
        { name: "input", input: move.input, offset: move.inputOffset },
        { name: "output", output: move.output, offset: move.outputOffset },
        ...loops(move, index),
      ]),
  });
  return [
    variant("move_rows", 1, rowArguments),
    variant("move_grid", GRID_LEVELS, gridArguments),
    { ...variant("move_nest", Infinity, nestArguments), pack: (layer) => nestTables(movesOf(layer)) },
  ];
}

/** The variants of an operator that makes its output of input 0 by one copy that fills it in order. */
export function inOrderVariants<A>(moveOf: (layer: Layer<A>) => Move): KernelVariant<A>[] {
  return moveVariants<A>(
    (layer) => [moveOf(layer)],
    (layer) => distanceInOrder(moveOf(layer)),
  );
}
