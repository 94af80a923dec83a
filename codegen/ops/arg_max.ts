/** ARG_MAX: the first index of the largest value along a dimension (TFLite reference: arg_min_max.h). */

import { defineOperator } from "./descriptor.ts";
import { type ArgAttributes, argExtremum } from "./families/arg_extremum.ts";

export const argMax = defineOperator<ArgAttributes>({
  kind: "arg_max",
  ...argExtremum(56, "ARG_MAX", false),
});
