/** RESHAPE, SQUEEZE and EXPAND_DIMS: the same elements in the same order under another shape. */

import { defineOperator, type TfliteSpelling } from "./descriptor.ts";
import { wholeCopy } from "./families/whole_copy.ts";

type Attributes = Readonly<Record<string, never>>;

/** The new shape is the output tensor's; what else the file says about it (a tensor, options, an axis) is dropped. */
function spelling(code: number, name: string): TfliteSpelling<Attributes> {
  return { code, name, read: () => ({ attributes: {}, inputs: [0] }) };
}

const COPY = wholeCopy<Attributes>();

export const reshape = defineOperator<Attributes>({
  kind: "reshape",
  tflite: [spelling(22, "RESHAPE"), spelling(43, "SQUEEZE"), spelling(70, "EXPAND_DIMS")],
  ...COPY,
  traits: {
    ...COPY.traits,
    channels(layer) {
      const before = layer.inputs[0]?.shape.at(-1) ?? 1;
      const after = layer.outputs[0]?.shape.at(-1) ?? 1;
      if (before === after) return "each";
      return after % before === 0 ? "flatten" : undefined;
    },
  },
  limits: "any type; the output shape must be known when the model is built",
});
