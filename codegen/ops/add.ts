/** ADD: int8 sum with broadcasting, both operands brought to a common scale (TFLite reference: add.h). */

import { defineOperator } from "./descriptor.ts";
import { arithmetic, type BinaryAttributes } from "./families/binary.ts";
import { sumOperation } from "./families/sum.ts";

export const add = defineOperator<BinaryAttributes>({
  kind: "add",
  ...arithmetic(0, "ADD", sumOperation(0)),
});
