/**
 * SHAPE, RANK, ZEROS_LIKE and RANGE: what only depends on shapes and constants, and so is known when the model is read
 * (TFLite reference: shape.cc, rank.cc, zeros_like.cc, range.cc).
 */

import { require } from "../error.ts";
import { type DType, elementCount, numbersOf, type Tensor, valuesOf, zeros } from "../graph/tensor.ts";
import { defineOperator, type TfliteOperator, type TfliteSpelling } from "./descriptor.ts";
import { checkShape } from "./families/parameters.ts";

interface KnownValues {
  readonly shape: readonly number[];
  /** All elements, or one that all of them are. */
  readonly values: readonly number[];
}

/** More than any network needs of a range, little enough to list. */
const MAX_RANGE = 2 ** 20;

function spelling(
  code: number,
  name: string,
  known: (operator: TfliteOperator) => KnownValues,
): TfliteSpelling<KnownValues> {
  return { code, name, read: (operator) => ({ attributes: known(operator), inputs: [] }) };
}

/** The one number of a constant. */
function scalar(tensor: Tensor | undefined, what: string): number {
  require(!!tensor?.data && elementCount(tensor.shape) === 1, () =>
    `expects one constant ${what}, found ${tensor?.data ? "several" : "a computed one"}. Export the model with fixed shapes.`);
  return numbersOf(valuesOf(tensor.dtype, tensor.data))[0] ?? 0;
}

/** Each number is the one before it plus `delta`, rounded as the type is. */
function rangeOf(start: number, limit: number, delta: number, dtype: DType): KnownValues {
  const count = Math.ceil((limit - start) / delta);
  require(count >= 1 && count <= MAX_RANGE, () =>
    `expects a range of 1 to ${MAX_RANGE} numbers, found one from ${start} to ${limit} in steps of ${delta}. The file may be damaged; re-export it.`);
  const round = dtype === "float32" ? Math.fround : (value: number) => value;
  let next = start;
  const values = Array.from({ length: count }, () => {
    const value = next;
    next = round(next + delta);
    return value;
  });
  return { shape: [count], values };
}

export const knownValues = defineOperator<KnownValues>({
  kind: "known_values",
  tflite: [
    spelling(77, "SHAPE", ({ inputs: [input] }) => {
      const shape = input?.shape ?? [];
      return { shape: [shape.length], values: shape };
    }),
    spelling(110, "RANK", ({ inputs: [input] }) => ({ shape: [], values: [input?.shape.length ?? 0] })),
    spelling(93, "ZEROS_LIKE", ({ inputs: [input] }) => ({ shape: input?.shape ?? [], values: [0] })),
    spelling(96, "RANGE", ({ inputs: [start, limit, delta] }) =>
      rangeOf(
        scalar(start, "start"),
        scalar(limit, "limit"),
        scalar(delta, "delta"),
        start?.dtype ?? "int32",
      ),
    ),
  ],
  check(layer) {
    const [output] = layer.outputs;
    require(layer.outputs.length === 1 && !!output, () =>
      `expects 1 output, found ${layer.outputs.length}. The file may be damaged; re-export it.`);
    checkShape(output, layer.attributes.shape);
  },
  shapes: (layer) => [layer.attributes.shape],
  evaluate({ attributes: { values }, outputs: [output] }) {
    if (!output) throw new RangeError("a checked layer has an output");
    const result = zeros(output.dtype, elementCount(output.shape));
    for (let at = 0; at < result.length; at++) {
      const value = values[values.length === 1 ? 0 : at] ?? 0;
      result[at] = result instanceof BigInt64Array ? BigInt(value) : value;
    }
    return [result];
  },
  // Nothing is left to run: fold_constants takes the values.
  variants: [],
  limits: "any type; the start, limit and step of a range must be constant",
});
