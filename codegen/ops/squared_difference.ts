/** SQUARED_DIFFERENCE: (a − b)² with broadcasting (TFLite Micro: squared_difference.cc). */

import { defineOperator } from "./descriptor.ts";
import type { BinaryAttributes } from "./families/binary.ts";
import { withoutOptions } from "./families/binary_kernels.ts";
import { sumOperation } from "./families/sum.ts";

export const squaredDifference = defineOperator<BinaryAttributes>({
  kind: "squared_difference",
  ...withoutOptions(99, "SQUARED_DIFFERENCE", {
    quantized: sumOperation("squared_difference"),
    plain: {
      types: ["int32"],
      whole: (a, b) => (a - b) ** 2n,
      realCode: 11,
      real: (a, b) => Math.fround(Math.fround(a - b) ** 2),
    },
  }),
});
