/** Which layers compute with floats, and the refusal of a target that has none. */

import { MoteError } from "../error.ts";
import { type Graph, type Layer, placeOf } from "../graph/graph.ts";
import { descriptorOf } from "../ops/index.ts";
import type { Target } from "./target.ts";

/**
 * Whether a layer reads or writes float32 tensors, or its kernels compute with floats all the same. A constant alone makes
 * no floats: beside integers, such as the biases of a GRU, it becomes integers when the model is built.
 */
export function needsFloats(layer: Layer): boolean {
  const tensors = [...layer.inputs, ...layer.outputs];
  return (
    tensors.some((tensor) => tensor?.dtype === "float32" && !tensor.data) ||
    (descriptorOf(layer.operator).traits?.floats?.(layer) ?? false)
  );
}

/** Throws a `MoteError` where the layer needs floats and the target has none. */
export function refuseFloats(graph: Graph, layer: Layer, target: Target): void {
  if (target.floats || !needsFloats(layer)) return;
  const { inputs, outputs } = layer.operator;
  const atBorder = [...graph.inputs, ...graph.outputs].some(
    (id) => (inputs.includes(id) || outputs.includes(id)) && graph.tensors[id]?.dtype === "float32",
  );
  const remedy = atBorder
    ? "Export the model with integer inputs and outputs"
    : "Export the model so that this operator is quantized to int8";
  throw new MoteError(
    "unsupported-operator",
    placeOf(graph, layer.operator),
    `needs floats, which this build for target "${target.name}" is to do without. ${remedy}, or allow floats.`,
  );
}
