/**
 * Copies each dimension of which goes through a list of places in the other tensor: mirroring, picking, repeating,
 * cropping. Lists that are nests of even steps become loops (families/move.ts), others tables of assembly/move/indexed.ts.
 */

import { require } from "../../error.ts";
import { elementBytes, type Tensor } from "../../graph/tensor.ts";
import type { Argument, KernelVariant, Layer, Packed } from "../descriptor.ts";
import {
  type Axis,
  byteStrides,
  distanceInOrder,
  fillInOrder,
  type Move,
  moveVariants,
  wholeCopy,
} from "./move.ts";

/**
 * For each dimension of the tensor that is walked in order, outermost first: the bytes in the other tensor that each of
 * its indices stands for. The place of an element is the sum over its dimensions.
 */
export type Lists = readonly (readonly number[])[];

/** Indices of one dimension, and different places of a list: what a table's entries can count. */
const MAX_ENTRIES = 65535;

/** Indices of a dimension as the bytes they are apart. */
export function listOf(indices: readonly number[], step: number): number[] {
  return indices.map((index) => index * step);
}

/** All indices of a dimension, in order. */
export function everyIndex(count: number, step: number): number[] {
  return Array.from({ length: count }, (_, index) => index * step);
}

/** Throws an `OperatorFault` unless each dimension is small enough for a list. To be asked before one is made. */
export function checkListSizes(...shapes: readonly (readonly number[])[]): void {
  for (const size of shapes.flat()) {
    require(size <= MAX_ENTRIES, () =>
      `expects dimensions of at most ${MAX_ENTRIES}, found ${size}. Split the tensor, or re-export the file if it is damaged.`);
  }
}

/** Loops whose steps are a list; `undefined` where it takes more than two. */
function axesOf(list: readonly number[]): Axis[] | undefined {
  const step = (list[1] ?? 0) - (list[0] ?? 0);
  const isEven = (length: number) => list.slice(0, length).every((at, i) => at === (list[0] ?? 0) + i * step);
  if (isEven(list.length)) return [{ count: list.length, inputStep: step }];
  for (let period = 2; period <= list.length / 2; period++) {
    if (list.length % period !== 0 || !isEven(period)) continue;
    const outer = (list[period] ?? 0) - (list[0] ?? 0);
    const repeats = list.every((at, i) => i < period || at - (list[i - period] ?? 0) === outer);
    if (repeats)
      return [
        { count: list.length / period, inputStep: outer },
        { count: period, inputStep: step },
      ];
  }
  return undefined;
}

/** The copy that fills `output` in order from these places of input 0; `undefined` where it is no nest of loops. */
function moveOfLists(output: Tensor, lists: Lists): Move | undefined {
  const axes: Axis[] = [];
  for (const list of lists) {
    const found = axesOf(list);
    if (!found) return undefined;
    axes.push(...found);
  }
  return fillInOrder(output, startOf(lists), axes);
}

const startOf = (lists: Lists) => lists.reduce((sum, [first = 0]) => sum + first, 0);

/** What the indexed kernels take: runs of `run` bytes, the lists around them, and where the first byte is that they reach. */
interface Indexed {
  readonly run: number;
  readonly lists: Lists;
  readonly start: number;
}

/** Lists without those that the run takes in and those of one index, but never none: the kernels expect one. */
function indexedOf(lists: Lists, bytes: number): Indexed {
  let run = bytes;
  const rest = [...lists];
  for (let list = rest.at(-1); list?.every((at, i) => at === (list[0] ?? 0) + i * run); list = rest.at(-1)) {
    run *= list.length;
    rest.pop();
  }
  const lowest = (list: readonly number[]) => list.reduce((least, at) => Math.min(least, at), Infinity);
  const long = rest.filter(({ length }) => length > 1);
  const kept = long.length > 0 ? long : [[0]];
  const start = [...lists].reduce((sum, list) => sum + lowest(list), 0);
  return { run, start, lists: kept.map((list) => list.map((at) => at - lowest(list))) };
}

const greatestDivisor = (a: number, b: number): number => (b === 0 ? a : greatestDivisor(b, a % b));

/** A list as the table's entry: how many, the bytes that its places are multiples of, and the multiples. */
function entryOf(list: readonly number[]): { count: number; unit: number; multiples: number[] } {
  const unit = list.reduce(greatestDivisor, 0) || 1;
  return { count: list.length, unit, multiples: list.map((at) => at / unit) };
}

/** The table of the indexed kernels: for each list its count and unit as int32, then its multiples as uint16. */
function tableOf(lists: Lists): Uint8Array {
  const entries = lists.map(entryOf);
  const words = entries.reduce((sum, { count }) => sum + 2 + Math.ceil(count / 2), 0);
  const view = new DataView(new ArrayBuffer(words * 4));
  let at = 0;
  for (const { count, unit, multiples } of entries) {
    view.setInt32(at, count, true);
    view.setInt32(at + 4, unit, true);
    multiples.forEach((multiple, index) => {
      view.setUint16(at + 8 + 2 * index, multiple, true);
    });
    at += 8 + 4 * Math.ceil(count / 2);
  }
  return new Uint8Array(view.buffer);
}

/** Throws an `OperatorFault` on lists that no table can hold. */
export function checkLists(lists: Lists, bytes: number): void {
  const most = indexedOf(lists, bytes)
    .lists.map(entryOf)
    .reduce((max, { multiples }) => multiples.reduce((a, b) => Math.max(a, b), max), 0);
  require(most <= MAX_ENTRIES, () =>
    `expects at most ${MAX_ENTRIES} places along a dimension, found ${most}. Split the tensor, or re-export the file if it is damaged.`);
}

/** The table as a packed constant, by the name that `indexedArguments` gives it. */
export function indexedTable(lists: Lists, bytes: number): Packed {
  return { lists: { bytes: tableOf(indexedOf(lists, bytes).lists), align: 4, role: "tables" } };
}

/** The arguments of an indexed kernel that say how far the first place is, and the loops. */
export function indexedArguments(lists: Lists, bytes: number): { start: number; loops: readonly Argument[] } {
  const { run, start, lists: kept } = indexedOf(lists, bytes);
  return {
    start,
    loops: [
      { name: "run", literal: run, note: "bytes" },
      { name: "levels", literal: kept.length },
      { name: "table", constant: "lists" },
    ],
  };
}

/** How far before its input an output that is written in order must start. */
function distanceOfLists(output: Tensor, lists: Lists): number {
  const steps = byteStrides(
    lists.map(({ length }) => length),
    elementBytes(output.dtype),
  );
  const ahead = lists.reduce(
    (sum, list, d) => sum + list.reduce((most, at, i) => Math.max(most, i * (steps[d] ?? 0) - at), -Infinity),
    0,
  );
  return Math.max(0, ahead);
}

/**
 * What an operator has whose output is filled in order from places of input 0. `listsOf`: a list for each dimension of the
 * output, or for each of what it is split into.
 */
export function picking<A>(listsOf: (layer: Layer<A>) => Lists) {
  const outputOf = (layer: Layer<A>): Tensor => {
    const [output] = layer.outputs;
    if (!output) throw new RangeError("a checked layer has an output");
    return output;
  };
  const bytesOf = (layer: Layer<A>) => elementBytes(outputOf(layer).dtype);
  const moveOf = (layer: Layer<A>) => moveOfLists(outputOf(layer), listsOf(layer));
  const moved = moveVariants<A>(
    (layer) => [moveOf(layer)].filter((move) => move !== undefined),
    (layer) => {
      const move = moveOf(layer);
      return move && distanceInOrder(move);
    },
  );
  const indexed: KernelVariant<A> = {
    name: "gather_indexed",
    file: "move/indexed",
    fits: () => true,
    cost: (layer) => 1e9 + bytesOf(layer),
    overlap: (layer) => distanceOfLists(outputOf(layer), listsOf(layer)),
    pack: (layer) => indexedTable(listsOf(layer), bytesOf(layer)),
    calls(layer) {
      const { start, loops } = indexedArguments(listsOf(layer), bytesOf(layer));
      return [[{ name: "output", output: 0 }, { name: "input", input: 0, offset: start }, ...loops]];
    },
  };
  return {
    check: (layer: Layer<A>) => checkLists(listsOf(layer), bytesOf(layer)),
    copies(layer: Layer<A>) {
      const move = moveOf(layer);
      return move ? wholeCopy(move) : [];
    },
    variants: [
      ...moved.map(
        (variant): KernelVariant<A> => ({
          ...variant,
          fits: (layer, target) => moveOf(layer) !== undefined && variant.fits(layer, target),
        }),
      ),
      indexed,
    ],
  };
}
