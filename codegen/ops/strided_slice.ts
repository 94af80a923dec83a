/** STRIDED_SLICE: every n-th index of each dimension between a begin and an end (TFLite: strided_slice_logic.h). */

import { require } from "../error.ts";
import { clamp } from "../graph/fixed_point.ts";
import { dimensions, elementBytes, elementCount, shapeText } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides, checkMoves, collapse, kernelMoves, type Move, moveVariants } from "./families/move.ts";
import { checkSameType, constantNumbers, oneToOne } from "./families/parameters.ts";

interface StridedSliceAttributes {
  /** For each dimension of the input: its first index, the step to the next and how many there are. */
  readonly begins: readonly number[];
  readonly strides: readonly number[];
  readonly counts: readonly number[];
  /** Dimensions of the input that the output leaves out; each has a count of 1. */
  readonly dropped: readonly number[];
}

type StridedSlice = Layer<StridedSliceAttributes>;

/** The whole copy, one level a dimension. */
function sliceMove(layer: StridedSlice): Move {
  const { input } = oneToOne(layer);
  const { begins, strides, counts } = layer.attributes;
  const run = elementBytes(input.dtype);
  const inputSteps = byteStrides(input.shape, run);
  const outputSteps = byteStrides(counts, run);
  return {
    input: 0,
    output: 0,
    inputOffset: begins.reduce((sum, begin, d) => sum + begin * (inputSteps[d] ?? 0), 0),
    outputOffset: 0,
    run,
    levels: counts.map((count, d) => ({
      count,
      inputStep: (strides[d] ?? 1) * (inputSteps[d] ?? 0),
      outputStep: outputSteps[d] ?? 0,
    })),
  };
}

const movesOf = (layer: StridedSlice) => kernelMoves(sliceMove(layer));

/** First index and number of indices along one dimension, by TFLite's rules. */
function range(
  size: number,
  begin: number | undefined,
  end: number | undefined,
  stride: number,
): [number, number] {
  const [low, high] = stride > 0 ? [0, size] : [-1, size - 1];
  const resolve = (index: number) => clamp(index < 0 ? index + size : index, low, high);
  const first = begin === undefined ? (stride > 0 ? 0 : size - 1) : resolve(begin);
  const last = end === undefined ? (stride > 0 ? size : -1) : resolve(end);
  return [first, Math.max(0, Math.ceil((last - first) / stride))];
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
        const shape = operator.inputs[0]?.shape ?? [];
        const begins = constantNumbers(operator.inputs[1], "begins");
        const ends = constantNumbers(operator.inputs[2], "ends");
        const strides = constantNumbers(operator.inputs[3], "strides");
        require([begins, ends, strides].every(({ length }) => length === shape.length), () =>
          `expects ${shape.length} begins, ends and strides, found ${begins.length}, ${ends.length} and ${strides.length}. Slice every dimension explicitly.`);
        for (const name of ["ellipsisMask", "newAxisMask", "offset"]) {
          require(operator.option(name) === 0, () =>
            `expects ${name} 0, found ${operator.option(name)}. Slice every dimension explicitly, and add dimensions with EXPAND_DIMS.`);
        }
        const has = (name: string, d: number) => ((operator.option(name) >> d) & 1) === 1;
        const ranges = shape.map((size, d) => {
          const stride = strides[d] ?? 1;
          require(stride !== 0, () =>
            "expects strides other than 0, found 0. The file may be damaged; re-export it.");
          const begin = has("beginMask", d) ? undefined : begins[d];
          if (!has("shrinkMask", d))
            return range(size, begin, has("endMask", d) ? undefined : ends[d], stride);
          const [first] = range(size, begin, undefined, stride);
          require(first >= 0 && first < size, () =>
            `expects an index below ${size} in dimension ${d}, found ${begin}. The file may be damaged; re-export it.`);
          return [first, 1] as const;
        });
        return {
          attributes: {
            begins: ranges.map(([first]) => first),
            counts: ranges.map(([, count]) => count),
            strides,
            dropped: shape.flatMap((_, d) => (has("shrinkMask", d) ? [d] : [])),
          },
          inputs: [0],
        };
      },
    },
  ],
  check(layer) {
    const { input, output } = oneToOne(layer);
    const { begins, counts, strides, dropped } = layer.attributes;
    const expected = counts.filter((_, d) => !dropped.includes(d));
    require(expected.join() === output.shape.join() && elementCount(counts) > 0, () =>
      `expects an output of ${dimensions(expected)} for its begins, ends and strides, found ${shapeText(output)}. The file may be damaged; re-export it.`);
    counts.forEach((count, d) => {
      const last = (begins[d] ?? 0) + (count - 1) * (strides[d] ?? 1);
      require(last >= 0 && last < (input.shape[d] ?? 1), () =>
        `expects a last index below ${input.shape[d]} in dimension ${d}, found ${last}. The file may be damaged; re-export it.`);
    });
    checkSameType(input, output);
    checkMoves(movesOf(layer));
  },
  traits: {
    copies(layer) {
      const { levels, inputOffset } = collapse(sliceMove(layer));
      return levels.length > 0 ? [] : [{ input: 0, output: 0, inside: "input", offset: inputOffset }];
    },
  },
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
  // Forwards, an element never moves up, so a copy never catches up with what is still to be read.
  variants: moveVariants<StridedSliceAttributes>(movesOf, (layer) =>
    collapse(sliceMove(layer)).levels.every(({ inputStep }) => inputStep > 0) ? 0 : undefined,
  ),
  limits: "any type; constant begins, ends and strides, of either sign; no ellipsis and no new axes",
});
