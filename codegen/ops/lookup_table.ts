/** An elementwise int8 → int8 function given by its table: what a chain of such operators is composed to. */

import { defineOperator } from "./descriptor.ts";
import { ONNX_TABLES } from "./families/onnx_functions.ts";
import { unary } from "./families/unary.ts";
import { int8Form } from "./families/unary_table.ts";

export interface LookupTableAttributes {
  /** The 256 values for inputs −128 to 127. */
  readonly table: readonly number[];
}

export const lookupTable = defineOperator<LookupTableAttributes>({
  kind: "lookup_table",
  tflite: [],
  onnx: ONNX_TABLES,
  jobs: { map: (table) => ({ table }) },
  ...unary<LookupTableAttributes>(
    int8Form((layer) => {
      const { table } = layer.attributes;
      return (value) => table[value + 128] ?? 0;
    }),
  ),
});
