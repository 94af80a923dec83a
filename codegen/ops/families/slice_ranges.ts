/** What begins, ends, strides and masks say of each dimension of a slice (TFLite: strided_slice_logic.h). */

import { require } from "../../error.ts";
import { clamp } from "../../graph/fixed_point.ts";

/** The indices of one dimension that a slice takes. */
export interface SliceRange {
  readonly begin: number;
  readonly stride: number;
  readonly count: number;
}

export interface SliceRanges {
  /** One for each dimension of the input. */
  readonly ranges: readonly SliceRange[];
  /** Dimensions of the input that the output leaves out. */
  readonly dropped: readonly number[];
  /** Dimensions of one index that the output has and the input has not. */
  readonly added: readonly number[];
}

/** A slice as files write it; bit k of each mask belongs to entry k. */
export interface SliceEntries {
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly strides: readonly number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkMask: number;
}

const DAMAGED = "The file may be damaged; re-export it.";

/**
 * First index and number of indices from `begin` to before `end` of a dimension, both clamped to it; those that are left
 * out stand for its ends.
 */
export function rangeOf(
  size: number,
  begin: number | undefined,
  end: number | undefined,
  stride: number,
): SliceRange {
  require(stride !== 0, () => `expects strides other than 0, found 0. ${DAMAGED}`);
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
  const resolve = (index: number) => clamp(index < 0 ? index + size : index, low, high);
  const first = begin === undefined ? (stride > 0 ? 0 : size - 1) : resolve(begin);
  const last = end === undefined ? (stride > 0 ? size : -1) : resolve(end);
  return { begin: first, stride, count: Math.max(0, Math.ceil((last - first) / stride)) };
}

/** The single index that entry `at` picks of a dimension. */
function indexOf(entries: SliceEntries, at: number, size: number, dimension: number): SliceRange {
  const begin = bit(entries.beginMask, at) ? 0 : (entries.begins[at] ?? 0);
  const index = begin < 0 ? begin + size : begin;
  require(index >= 0 && index < size, () =>
    `expects an index below ${size} in dimension ${dimension}, found ${begin}. ${DAMAGED}`);
  return { begin: index, stride: 1, count: 1 };
}

function bit(mask: number, index: number): boolean {
  return ((mask >> index) & 1) === 1;
}

/**
 * The ranges of a slice of `shape`. An ellipsis takes all dimensions that no other entry speaks of; without one, those
 * behind the last entry are taken whole. Throws an `OperatorFault` on entries that do not fit.
 */
export function sliceRanges(shape: readonly number[], entries: SliceEntries): SliceRanges {
  const { begins, ends, strides, ellipsisMask, newAxisMask, shrinkMask } = entries;
  require(begins.length === ends.length && begins.length === strides.length && begins.length <= 16, () =>
    `expects as many begins as ends and strides, found ${begins.length}, ${ends.length} and ${strides.length}. ${DAMAGED}`);
  const ellipses = begins.filter((_, at) => bit(ellipsisMask, at)).length;
  const axes = begins.filter((_, at) => !bit(ellipsisMask, at) && !bit(newAxisMask, at)).length;
  require(ellipses <= 1 && axes <= shape.length, () =>
    `expects at most ${shape.length} begins, ends and strides and one ellipsis, found ${axes} and ${ellipses}. ${DAMAGED}`);

  const ranges: SliceRange[] = [];
  const dropped: number[] = [];
  const added: number[] = [];
  const takeWhole = (count: number) => {
    for (const size of shape.slice(ranges.length, ranges.length + count))
      ranges.push(rangeOf(size, undefined, undefined, 1));
  };
  begins.forEach((begin, at) => {
    const dimension = ranges.length;
    const size = shape[dimension] ?? 1;
    if (bit(ellipsisMask, at)) takeWhole(shape.length - axes);
    else if (bit(newAxisMask, at)) added.push(dimension - dropped.length + added.length);
    else if (bit(shrinkMask, at)) {
      ranges.push(indexOf(entries, at, size, dimension));
      dropped.push(dimension);
    } else {
      const first = bit(entries.beginMask, at) ? undefined : begin;
      const last = bit(entries.endMask, at) ? undefined : ends[at];
      ranges.push(rangeOf(size, first, last, strides[at] ?? 1));
    }
  });
  takeWhole(shape.length - ranges.length);
  return { ranges, dropped, added };
}
