/** Convolutions and fully connected layers with int4 weights for tests: those with int8 weights, cut to 4 bits. */

import type { Graph } from "../../codegen/graph/graph.ts";
import { packHalves, type Tensor } from "../../codegen/graph/tensor.ts";
import { weightsOf } from "../../codegen/ops/families/convolution.ts";
import type { FileOperatorCase } from "./file_operator.ts";

const KINDS: readonly string[] = ["conv_2d", "depthwise_conv_2d", "fully_connected"];

/** An int8 filter's upper halves, with scales to match. */
export function int4Of(filter: Tensor): Tensor {
  const { scales, zeroPoints, axis } = filter.quantization ?? { scales: [1], zeroPoints: [0], axis: 0 };
  return {
    ...filter,
    dtype: "int4",
    data: packHalves(weightsOf(filter).map((weight) => weight >> 4)),
    quantization: { scales: scales.map((scale) => scale * 16), zeroPoints, axis },
  };
}

/** An operator whose second input is its filter. */
export function withInt4({ inputs: [input, filter, ...rest], ...entry }: FileOperatorCase): FileOperatorCase {
  if (!input || !filter) throw new RangeError("a convolution has an input and a filter");
  return { ...entry, inputs: [input, int4Of(filter), ...rest] };
}

/** A network with int4 in all its filters. */
export function networkWithInt4(graph: Graph): Graph {
  const filters = new Set(
    graph.operators.flatMap(({ kind, inputs }) => (KINDS.includes(kind) ? [inputs[1] ?? -1] : [])),
  );
  return {
    ...graph,
    tensors: graph.tensors.map((tensor, id) => (filters.has(id) && tensor.data ? int4Of(tensor) : tensor)),
  };
}
