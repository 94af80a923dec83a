/** REDUCE_MAX and REDUCE_MIN: extrema over some dimensions, as they are stored (TFLite reference: reduce.h, ReduceGeneric). */

import { type DType, zeros } from "../../graph/tensor.ts";
import type { OperatorDescriptor } from "../descriptor.ts";
import { checkSameNumbers, oneToOne } from "./parameters.ts";
import {
  bytesArgument,
  checkReduction,
  type ReduceAttributes,
  reducedShapes,
  reduceTraits,
  reduceValues,
  reduceVariant,
} from "./reduce.ts";

const RUN: readonly DType[] = ["int8", "int16", "int32"];
const LARGEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;
/** The numbers of operations for float32 in assembly/reduce/nest.ts. */
const CODES = { max: 3, min: 4 };

/** All but the spelling of REDUCE_MAX or REDUCE_MIN. */
export function extremumReduction(kind: "max" | "min") {
  const beats = (value: number | bigint, best: number | bigint) =>
    kind === "max" ? value > best : value < best;
  const first = kind === "max" ? -LARGEST_FLOAT : LARGEST_FLOAT;
  return {
    check(layer) {
      checkReduction(layer, [...RUN, "int64", "float32"]);
      const { input, output } = oneToOne(layer);
      checkSameNumbers(input, output);
    },
    shapes: reducedShapes,
    traits: reduceTraits((layer) => oneToOne(layer).input.dtype === "float32"),
    evaluate(layer, [values]) {
      const { dtype } = oneToOne(layer).input;
      // A value that is not a number is never better than what was there before.
      const start = (value: number | bigint) => (dtype === "float32" ? first : value);
      const best = reduceValues<number | bigint>(layer, values, (before, value) =>
        beats(value, before ?? start(value)) ? value : (before ?? start(value)),
      );
      if (dtype === "int64") return [BigInt64Array.from(best, BigInt)];
      const result = zeros(dtype, best.length);
      best.forEach((value, at) => {
        result[at] = Number(value);
      });
      return [result];
    },
    variants: [
      reduceVariant("reduce_extremum", RUN, (layer) => ({
        head: [{ name: "minimum", literal: Number(kind === "min") }, bytesArgument(layer)],
      })),
      reduceVariant("reduce_f32", ["float32"], () => ({
        head: [{ name: "operation", literal: CODES[kind] }],
      })),
    ],
    limits:
      "int8, int16, int32, float32; int64 of constants; input and output of one scale and zero point; constant axes, in at most three groups of neighbours",
  } satisfies Partial<OperatorDescriptor<ReduceAttributes>>;
}
