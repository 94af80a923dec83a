/** SUB: int8 difference with broadcasting, both operands brought to a common scale (TFLite reference: sub.h). */

import { defineOperator } from "./descriptor.ts";
import { arithmetic, type BinaryAttributes } from "./families/binary.ts";
import { sumOperation } from "./families/sum.ts";

export const sub = defineOperator<BinaryAttributes>({
  kind: "sub",
  ...arithmetic(41, "SUB", sumOperation(1)),
});
