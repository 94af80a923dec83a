/** Networks whose weights fit seven bits, so that their modules of relaxed SIMD are exact on every machine. */

import type { Graph } from "../../codegen/graph/graph.ts";

/** Operators that have relaxed dot products; their second input is the filter. */
const WITH_DOTS: readonly string[] = ["conv_2d", "fully_connected"];

/** The same network with half of each weight of its convolutions and fully connected layers: −64 to 63. */
export function withHalvedFilters(graph: Graph): Graph {
  const filters = new Set(
    graph.operators.filter(({ kind }) => WITH_DOTS.includes(kind)).map(({ inputs }) => inputs[1]),
  );
  const tensors = graph.tensors.map((tensor, id) =>
    tensor.data && tensor.dtype === "int8" && filters.has(id)
      ? { ...tensor, data: tensor.data.map((byte) => ((byte << 24) >> 25) & 255) }
      : tensor,
  );
  return { ...graph, tensors };
}
