/** MINIMUM: the smaller of two elements as they are stored, with broadcasting (TFLite Micro: maximum_minimum.cc). */

import { defineOperator } from "./descriptor.ts";
import type { BinaryAttributes } from "./families/binary.ts";
import { withoutOptions } from "./families/binary_kernels.ts";
import { ONNX_MIN } from "./families/onnx_binary.ts";

export const minimum = defineOperator<BinaryAttributes>({
  kind: "minimum",
  onnx: [ONNX_MIN],
  ...withoutOptions(57, "MINIMUM", {
    plain: {
      code: 4,
      types: ["int8", "int16", "int32", "int64"],
      whole: (a, b) => (a < b ? a : b),
      realCode: 4,
      real: (a, b) => (a < b ? a : b),
    },
  }),
});
