/** FLOOR_DIV: the quotient rounded down, with broadcasting; of float32 by way of float64 (TFLite reference: floor_div.h). */

import { defineOperator } from "./descriptor.ts";
import type { BinaryAttributes } from "./families/binary.ts";
import { withoutOptions } from "./families/binary_kernels.ts";

export const floorDiv = defineOperator<BinaryAttributes>({
  kind: "floor_div",
  ...withoutOptions(90, "FLOOR_DIV", {
    plain: {
      types: ["int32", "int64"],
      // TFLite refuses to divide by 0.
      whole: (a, b) => (b === 0n ? 0n : a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n)),
      realCode: 10,
      real: (a, b) => Math.fround(Math.floor(a / b)),
    },
  }),
});
