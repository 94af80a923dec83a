/** Operators that work along the last dimension. */

import { elementCount, type Tensor } from "../../graph/tensor.ts";

/** How many rows a tensor has, and how many elements each; a scalar is one of one. */
export function rowsOf(tensor: Tensor): { readonly rows: number; readonly depth: number } {
  const depth = tensor.shape.at(-1) ?? 1;
  return { rows: elementCount(tensor.shape) / depth, depth };
}
