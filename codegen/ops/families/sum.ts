/** ADD and SUB: both operands, shifted left for precision, are scaled to twice the larger scale (TFLite: add.cc). */

import { fixedFactor, requantize } from "../../graph/fixed_point.ts";
import { scaleOf } from "./activation.ts";
import type { BinaryOperation } from "./binary.ts";

/** Bits that operands are shifted left by before they are scaled. */
const LEFT_SHIFT = 20;
/** The operation codes of assembly/binary/portable.ts. */
const SUB = 1;

/** The operation with code 0 (ADD) or 1 (SUB). */
export function sumOperation(code: 0 | 1): BinaryOperation {
  return {
    code,
    factors(a, b, output) {
      const common = 2 * Math.max(scaleOf(a), scaleOf(b));
      return {
        a: fixedFactor(scaleOf(a) / common),
        b: fixedFactor(scaleOf(b) / common),
        output: fixedFactor(common / (2 ** LEFT_SHIFT * scaleOf(output))),
      };
    },
    apply(a, b, factors) {
      const left = requantize(a * 2 ** LEFT_SHIFT, factors.a);
      const right = requantize(b * 2 ** LEFT_SHIFT, factors.b);
      return requantize(code === SUB ? left - right : left + right, factors.output);
    },
  };
}
