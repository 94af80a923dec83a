/** State tensors for tests. */

import { bytesOf, type DType, elementCount, type Tensor, zeros } from "../../codegen/graph/tensor.ts";
import { tensor } from "./file_operator.ts";

/** A state tensor that starts from 1, 2, 3, … */
export function counting(shape: readonly number[], dtype: DType = "int8"): Tensor {
  const values = zeros(dtype, elementCount(shape));
  const counted = values instanceof BigInt64Array ? values : values.map((_, at) => at + 1);
  return { ...tensor(shape, 0.05, 3, dtype), state: { initial: bytesOf(counted) } };
}
