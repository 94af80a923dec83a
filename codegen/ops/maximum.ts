/** MAXIMUM: the larger of two elements as they are stored, with broadcasting (TFLite Micro: maximum_minimum.cc). */

import { defineOperator } from "./descriptor.ts";
import type { BinaryAttributes } from "./families/binary.ts";
import { withoutOptions } from "./families/binary_kernels.ts";
import { ONNX_MAX } from "./families/onnx_binary.ts";

export const maximum = defineOperator<BinaryAttributes>({
  kind: "maximum",
  onnx: [ONNX_MAX],
  ...withoutOptions(55, "MAXIMUM", {
    plain: {
      code: 3,
      types: ["int8", "int16", "int32", "int64"],
      whole: (a, b) => (a > b ? a : b),
      realCode: 3,
      real: (a, b) => (a > b ? a : b),
    },
  }),
});
