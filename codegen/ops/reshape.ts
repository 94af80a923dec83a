/** RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements in the same order under another shape. */

import { require } from "../error.ts";
import { elementCount, shapeText, tensorBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer, type TfliteSpelling } from "./descriptor.ts";
import { moveVariants } from "./families/move.ts";
import { checkSameType, oneToOne } from "./families/parameters.ts";

type Attributes = Readonly<Record<string, never>>;

/** The new shape is the output tensor's; what else the file says about it (a tensor, options, an axis) is dropped. */
function spelling(code: number, name: string): TfliteSpelling<Attributes> {
  return { code, name, read: () => ({ attributes: {}, inputs: [0] }) };
}

const bytes = (layer: Layer<Attributes>) => tensorBytes(oneToOne(layer).input);

export const reshape = defineOperator<Attributes>({
  kind: "reshape",
  tflite: [spelling(22, "RESHAPE"), spelling(43, "SQUEEZE"), spelling(70, "EXPAND_DIMS")],
  check(layer) {
    const { input, output } = oneToOne(layer);
    require(elementCount(input.shape) === elementCount(output.shape), () =>
      `expects as many output elements as input elements, found ${shapeText(output)} from ${shapeText(input)}. The file may be damaged; re-export it.`);
    checkSameType(input, output);
  },
  traits: {
    channels(layer) {
      const before = layer.inputs[0]?.shape.at(-1) ?? 1;
      const after = layer.outputs[0]?.shape.at(-1) ?? 1;
      if (before === after) return "each";
      return after % before === 0 ? "flatten" : undefined;
    },
    copies: () => [{ input: 0, output: 0, inside: "input", offset: 0 }],
  },
  evaluate(_, [values]) {
    if (!values) throw new RangeError("reshape without its input");
    return [values.slice()];
  },
  variants: moveVariants<Attributes>(
    (layer) => [{ input: 0, output: 0, inputOffset: 0, outputOffset: 0, run: bytes(layer), levels: [] }],
    () => 0,
  ),
  limits: "any type; the output shape must be known when the model is built",
});
