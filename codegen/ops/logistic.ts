/** LOGISTIC: int8 sigmoid, in fixed point (TFLite reference: integer_ops/logistic.h). */

import { logistic as fixedPointLogistic } from "../graph/fixed_point_functions.ts";
import { defineOperator } from "./descriptor.ts";
import { checkSaturating, evaluateSaturating, type SaturatingFunction } from "./families/saturating_unary.ts";
import { unaryTable } from "./families/unary_table.ts";

const saturating: SaturatingFunction = { apply: fixedPointLogistic, outputBits: 8, outputZeroPoint: -128 };

export const logistic = defineOperator<unknown>({
  kind: "logistic",
  tflite: [{ code: 14, name: "LOGISTIC", read: () => ({ attributes: {} }) }],
  ...unaryTable(evaluateSaturating(saturating)),
  check: checkSaturating(saturating),
});
