/**
 * READ_VARIABLE: a copy of a resource variable, state that other operators assign. VAR_HANDLE, which says which variable
 * that is, leaves the graph with the import (TFLite Micro: read_variable.cc, micro_resource_variable.cc).
 */

import { defineOperator } from "./descriptor.ts";
import { wholeCopy } from "./families/whole_copy.ts";

export const readVariable = defineOperator<Readonly<Record<string, never>>>({
  kind: "read_variable",
  tflite: [
    { code: 143, name: "READ_VARIABLE", resource: "load", read: () => ({ attributes: {} }) },
    { code: 142, name: "VAR_HANDLE", resource: "handle", read: () => ({ attributes: {} }) },
  ],
  ...wholeCopy(),
  limits: "any type; of variables that ASSIGN_VARIABLE writes",
});
