/** ADD: sum with broadcasting; quantized operands are brought to a common scale (TFLite reference: add.h). */

import { defineOperator } from "./descriptor.ts";
import type { BinaryAttributes } from "./families/binary.ts";
import { arithmetic } from "./families/binary_kernels.ts";
import { ONNX_ADD, ONNX_SUM } from "./families/onnx_binary.ts";
import { sumOperation } from "./families/sum.ts";

export const add = defineOperator<BinaryAttributes>({
  kind: "add",
  onnx: [ONNX_ADD, ONNX_SUM],
  ...arithmetic(0, "ADD", {
    quantized: sumOperation("add"),
    plain: {
      code: 0,
      types: ["int32", "int64"],
      whole: (a, b) => a + b,
      realCode: 0,
      real: (a, b) => Math.fround(a + b),
      bounded: true,
    },
  }),
});
