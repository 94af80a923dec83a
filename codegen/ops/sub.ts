/** SUB: difference with broadcasting; quantized operands are brought to a common scale (TFLite reference: sub.h). */

import { defineOperator } from "./descriptor.ts";
import type { BinaryAttributes } from "./families/binary.ts";
import { arithmetic } from "./families/binary_kernels.ts";
import { ONNX_SUB } from "./families/onnx_binary.ts";
import { sumOperation } from "./families/sum.ts";

export const sub = defineOperator<BinaryAttributes>({
  kind: "sub",
  onnx: [ONNX_SUB],
  ...arithmetic(41, "SUB", {
    quantized: sumOperation("sub"),
    plain: {
      code: 1,
      types: ["int32", "int64"],
      whole: (a, b) => a - b,
      realCode: 1,
      real: (a, b) => Math.fround(a - b),
      bounded: true,
    },
  }),
});
