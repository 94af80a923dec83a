/**
 * Elementwise operators of one tensor. A descriptor lists a form for each element type that it takes; input and output
 * have the same one.
 */

import { require } from "../../error.ts";
import type { Layer } from "../../graph/graph.ts";
import { type DType, elementCount, numbersOf, shapeText, type Values, zeros } from "../../graph/tensor.ts";
import type { Argument, ChannelFlow, KernelVariant, TfliteSpelling } from "../descriptor.ts";
import { scaleOf } from "./activation.ts";
import { oneToOne } from "./parameters.ts";

/** The function of one stored value, made once for a layer. */
export type ElementFunction<A> = (layer: Layer<A>) => (value: number) => number;

/** What an operator does for one element type. */
export interface UnaryForm<A> {
  readonly dtype: DType;
  /** Rules beyond those of all unary operators. */
  check?(layer: Layer<A>): void;
  readonly map: ElementFunction<A>;
  readonly variants: readonly KernelVariant<A>[];
  /** Whether kernels compute with floats although `dtype` is an integer. */
  readonly floats?: boolean;
}

/** How .tflite spells an operator without options. */
export function plainSpelling(
  code: number,
  name: string,
  facts: Pick<TfliteSpelling<unknown>, "micro"> = {},
): readonly TfliteSpelling<unknown>[] {
  return [{ code, name, ...facts, read: () => ({ attributes: {} }) }];
}

/** Types, quantization and sizes of an elementwise layer, which takes one of `dtypes`. */
export function checkElementwise(layer: Layer<unknown>, dtypes: readonly DType[]): void {
  const { input, output } = oneToOne(layer);
  require(dtypes.includes(input.dtype) && output.dtype === input.dtype, () =>
    `expects ${dtypes.join(" or ")} tensors, found ${input.dtype} and ${output.dtype}. Quantize the model to int8.`);
  require(elementCount(input.shape) === elementCount(output.shape), () =>
    `expects an output of ${shapeText(input)}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
  if (input.dtype === "float32") return;
  scaleOf(input);
  scaleOf(output);
}

/** The reference of a unary operator from its function of one value. */
export function mapElements<A>(map: ElementFunction<A>) {
  return (layer: Layer<A>, [input]: readonly (Values | undefined)[]): Values[] => {
    const apply = map(layer);
    const result = zeros(oneToOne(layer).output.dtype, input?.length ?? 0);
    numbersOf(input).forEach((value, index) => {
      result[index] = apply(value);
    });
    return [result];
  };
}

/** The call of a kernel that goes through `count` elements, with what else it takes. */
export function elementwiseCall(layer: Layer<unknown>, more: readonly Argument[]): Argument[] {
  const { input, output } = oneToOne(layer);
  return [
    { name: "input", input: 0, note: shapeText(input) },
    { name: "output", output: 0 },
    { name: "count", literal: elementCount(output.shape) },
    ...more,
  ];
}

/** What descriptors of unary operators have in common, for the types of `forms`. */
export function unary<A = unknown>(...forms: readonly UnaryForm<A>[]) {
  const dtypes = forms.map(({ dtype }) => dtype);
  const formOf = (layer: Layer<A>) => forms.find(({ dtype }) => dtype === layer.inputs[0]?.dtype);
  return {
    check(layer: Layer<A>): void {
      checkElementwise(layer, dtypes);
      formOf(layer)?.check?.(layer);
    },
    shapes: ({ inputs }: Pick<Layer<A>, "inputs">) => [inputs[0]?.shape ?? []],
    traits: {
      elementwise: () => true,
      broadcasts: () => true,
      floats: (layer: Layer<A>) => formOf(layer)?.floats ?? false,
      channels: (layer: Layer<A>): ChannelFlow | undefined =>
        layer.inputs[0]?.dtype === "int8" ? "each" : undefined,
    },
    evaluate: (layer: Layer<A>, inputs: readonly (Values | undefined)[]): Values[] =>
      mapElements<A>(formOf(layer)?.map ?? (() => Number))(layer, inputs),
    variants: forms.flatMap((form) =>
      form.variants.map(
        (variant): KernelVariant<A> => ({
          ...variant,
          fits: (layer, target) => layer.inputs[0]?.dtype === form.dtype && variant.fits(layer, target),
        }),
      ),
    ),
    limits: dtypes.join(", "),
  };
}
