/** Operators whose only output is the same elements in the same order as their only input. */

import { require } from "../../error.ts";
import { elementCount, shapeText, tensorBytes } from "../../graph/tensor.ts";
import type { Layer, OperatorDescriptor } from "../descriptor.ts";
import { moveVariants } from "./move.ts";
import { checkSameType, oneToOne } from "./parameters.ts";

type WholeCopy<A> = Pick<OperatorDescriptor<A>, "check" | "evaluate" | "variants"> & {
  readonly traits: Required<Pick<NonNullable<OperatorDescriptor<A>["traits"]>, "copies">>;
};

/** Rules, reference, kernels and the trait of such an operator; shapes and quantization may differ. */
export function wholeCopy<A>(): WholeCopy<A> {
  const bytes = (layer: Layer<A>) => tensorBytes(oneToOne(layer).input);
  return {
    check(layer) {
      const { input, output } = oneToOne(layer);
      require(elementCount(input.shape) === elementCount(output.shape), () =>
        `expects as many output elements as input elements, found ${shapeText(output)} from ${shapeText(input)}. The file may be damaged; re-export it.`);
      checkSameType(input, output);
    },
    traits: { copies: () => [{ input: 0, output: 0, inside: "input", offset: 0 }] },
    evaluate(layer, [values]) {
      if (!values) throw new RangeError(`${layer.operator.kind} without its input`);
      return [values.slice()];
    },
    variants: moveVariants<A>(
      (layer) => [{ input: 0, output: 0, inputOffset: 0, outputOffset: 0, run: bytes(layer), levels: [] }],
      () => 0,
    ),
  };
}
