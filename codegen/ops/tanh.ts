/** TANH: int8 hyperbolic tangent, in fixed point (TFLite reference: integer_ops/tanh.h). */

import { tanh as fixedPointTanh } from "../graph/fixed_point_functions.ts";
import { defineOperator } from "./descriptor.ts";
import { checkSaturating, evaluateSaturating, type SaturatingFunction } from "./families/saturating_unary.ts";
import { unaryTable } from "./families/unary_table.ts";

const saturating: SaturatingFunction = { apply: fixedPointTanh, outputBits: 7, outputZeroPoint: 0 };

export const tanh = defineOperator<unknown>({
  kind: "tanh",
  tflite: [{ code: 28, name: "TANH", read: () => ({ attributes: {} }) }],
  ...unaryTable(evaluateSaturating(saturating)),
  check: checkSaturating(saturating),
});
