/** STRIDED_SLICE and SLICE: every n-th index of each dimension from a begin on (TFLite: strided_slice_logic.h, slice.h). */

import { require } from "../error.ts";
import { elementBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides, fillInOrder, inOrderVariants, type Move, wholeCopy } from "./families/move.ts";
import { ONNX_SLICE } from "./families/onnx_moves.ts";
import { checkSameType, checkShape, constantNumbers, oneToOne } from "./families/parameters.ts";
import { type SliceRanges, sliceRanges } from "./families/slice_ranges.ts";

interface StridedSliceAttributes {
  /** For each dimension of the input: its first index, the step to the next and how many there are. */
  readonly begins: readonly number[];
  readonly strides: readonly number[];
  readonly counts: readonly number[];
  /** Dimensions of the input that the output leaves out; each has a count of 1. */
  readonly dropped: readonly number[];
  /** Dimensions of one index that the output has on top, in ascending order; none if left out. */
  readonly added?: readonly number[];
}

type StridedSlice = Layer<StridedSliceAttributes>;

function attributesOf({ ranges, dropped, added }: SliceRanges): StridedSliceAttributes {
  return {
    begins: ranges.map(({ begin }) => begin),
    strides: ranges.map(({ stride }) => stride),
    counts: ranges.map(({ count }) => count),
    dropped,
    ...(added.length > 0 ? { added } : {}),
  };
}

function shapeOf({ counts, dropped, added = [] }: StridedSliceAttributes): number[] {
  const shape = counts.filter((_, d) => !dropped.includes(d));
  for (const d of added) shape.splice(d, 0, 1);
  return shape;
}

function moveOf(layer: StridedSlice): Move {
  const { input, output } = oneToOne(layer);
  const { begins, strides, counts } = layer.attributes;
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  return fillInOrder(
    output,
    begins.reduce((sum, begin, d) => sum + begin * (steps[d] ?? 0), 0),
    counts.map((count, d) => ({ count, inputStep: (strides[d] ?? 1) * (steps[d] ?? 0) })),
  );
}

export const stridedSlice = defineOperator<StridedSliceAttributes>({
  kind: "strided_slice",
  tflite: [
    {
      code: 45,
      name: "STRIDED_SLICE",
      options: {
        beginMask: { id: 0, type: "int32" },
        endMask: { id: 1, type: "int32" },
        ellipsisMask: { id: 2, type: "int32" },
        newAxisMask: { id: 3, type: "int32" },
        shrinkMask: { id: 4, type: "int32" },
        offset: { id: 5, type: "bool" },
      },
      read(operator) {
        require(operator.option("offset") === 0, () =>
          "expects ends counted from the first index, found ends counted from the begins. Slice with begins and ends.");
        const ranges = sliceRanges(operator.inputs[0]?.shape ?? [], {
          begins: constantNumbers(operator.inputs[1], "begins"),
          ends: constantNumbers(operator.inputs[2], "ends"),
          strides: constantNumbers(operator.inputs[3], "strides"),
          beginMask: operator.option("beginMask"),
          endMask: operator.option("endMask"),
          ellipsisMask: operator.option("ellipsisMask"),
          newAxisMask: operator.option("newAxisMask"),
          shrinkMask: operator.option("shrinkMask"),
        });
        return { attributes: attributesOf(ranges), inputs: [0] };
      },
    },
    {
      code: 65,
      name: "SLICE",
      read(operator) {
        const shape = operator.inputs[0]?.shape ?? [];
        const begins = constantNumbers(operator.inputs[1], "begins");
        const sizes = constantNumbers(operator.inputs[2], "sizes");
        require(begins.length === shape.length && sizes.length === shape.length, () =>
          `expects ${shape.length} begins and sizes, found ${begins.length} and ${sizes.length}. The file may be damaged; re-export it.`);
        const ranges = shape.map((size, d) => {
          const begin = begins[d] ?? 0;
          // −1 stands for all that is left.
          return { begin, stride: 1, count: sizes[d] === -1 ? size - begin : (sizes[d] ?? 0) };
        });
        return { attributes: attributesOf({ ranges, dropped: [], added: [] }), inputs: [0] };
      },
    },
  ],
  onnx: [ONNX_SLICE],
  check(layer) {
    const { input, output } = oneToOne(layer);
    const { begins, counts, strides } = layer.attributes;
    require(counts.every((count) => count >= 1), () =>
      `expects at least one index of each dimension, found ${counts.join("×")}. The file may be damaged; re-export it.`);
    counts.forEach((count, d) => {
      const first = begins[d] ?? 0;
      const last = first + (count - 1) * (strides[d] ?? 1);
      const size = input.shape[d] ?? 1;
      require(Math.min(first, last) >= 0 && Math.max(first, last) < size, () =>
        `expects indices from 0 to ${size - 1} in dimension ${d}, found ${first} to ${last}. The file may be damaged; re-export it.`);
    });
    checkShape(output, shapeOf(layer.attributes));
    checkSameType(input, output);
  },
  shapes: (layer) => [shapeOf(layer.attributes)],
  traits: { copies: (layer) => wholeCopy(moveOf(layer)) },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { begins, counts, strides } = layer.attributes;
    return [
      gather({ ...output, shape: counts }, (index) => {
        const source = index.map((i, d) => (begins[d] ?? 0) + i * (strides[d] ?? 1));
        return values && { values, at: flatIndex(input.shape, source) };
      }),
    ];
  },
  variants: inOrderVariants(moveOf),
  limits: "any type; constant begins, ends, sizes and strides, of either sign",
});
