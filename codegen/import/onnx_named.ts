/** What an ONNX file names, as operands of its nodes: constants, computed tensors, biases of quantized operators. */

import { require } from "../error.ts";
import type { OnnxConstant } from "../ops/onnx_spelling.ts";
import { dequantized } from "./onnx_codes.ts";
import type { Named, NodeSource, Value } from "./onnx_net.ts";

/** The source of a node that has no options of its own. */
export const NO_OPTIONS: NodeSource = {
  attributes: new Map(),
  opset: 1,
  tensor: () => {
    throw new RangeError("a node without options has no tensors");
  },
};

/** What stands for an output until its shape and type are known. */
export function placeholder(name: string): Value {
  return { name, shape: [], type: "float32", port: false };
}

export function constantValue(name: string, constant: OnnxConstant): Named {
  const value: Value = { name, shape: constant.shape, type: constant.type, constant, port: false };
  return { value, type: constant.type };
}

/** Tensors under the types that the node knows them by. */
export function tensorsOf(inputs: readonly (Named | undefined)[]) {
  return inputs.map((named) => named && { ...named.value, type: named.type });
}

/** An int32 bias, the scale of which is the product of its operands' scales (and of `alpha`, where there is one). */
export function biasOf(
  named: Named | undefined,
  [input, weights]: readonly (Named | undefined)[],
  { attributes }: NodeSource,
): Named | undefined {
  if (!named) return undefined;
  const { constant } = named.value;
  const coded = weights?.value.constant?.coded;
  const scale = (input?.value.coding?.scale ?? 1) * (attributes.get("alpha")?.float ?? 1);
  require(!!constant && !!coded, () =>
    "expects constant weights and a constant bias, found computed ones. Export the model with frozen weights.");
  const scales = coded.scales.map((weight) => Math.fround(scale * weight));
  const which = scales.length > 1 ? Uint32Array.from(constant.values, (_, index) => index) : undefined;
  const zeroPoints = scales.map(() => 0);
  const codes = { type: constant.type, scales, zeroPoints, which: () => which };
  require(scales.length === 1 || scales.length === constant.values.length, () =>
    `expects a bias for each of ${scales.length} weight scales, found ${constant.values.length}. The file may be damaged; re-export it.`);
  return constantValue(named.value.name, dequantized(constant, codes));
}
