/** Finds operators that a file spells out as several of its nodes, none of them with a quantization between. */

import type { OnnxPattern, OnnxSpelling, OnnxTensor } from "../ops/onnx_spelling.ts";
import type { FileNode } from "./onnx_model.ts";
import { type Known, type NetNode, nodeView, type Value } from "./onnx_net.ts";

/** Tensors by the names that a pattern gives them. */
type Bound = ReadonlyMap<string, Value>;

/** Who computes a value; nobody where a QuantizeLinear follows, since its rounding is part of the network. */
export type Producer = (value: Value) => NetNode | undefined;

function matchInput(
  value: Value | undefined,
  pattern: OnnxPattern | string,
  bound: Bound,
  producer: Producer,
): Bound | undefined {
  if (!value) return undefined;
  if (typeof pattern === "string") {
    const known = bound.get(pattern);
    if (known) return known === value ? bound : undefined;
    return new Map([...bound, [pattern, value]]);
  }
  const node = value.coding ? undefined : producer(value);
  if (!node || node.outputs[0] !== value) return undefined;
  const matched = matchNode(node, pattern, bound, producer);
  return matched && pattern.as ? matchInput(value, pattern.as, matched, producer) : matched;
}

/** What the names of a pattern stand for at a node; `undefined` where it isn't the pattern's. */
function matchNode(
  { file, inputs }: Pick<NetNode, "file" | "inputs">,
  pattern: OnnxPattern,
  bound: Bound,
  producer: Producer,
): Bound | undefined {
  if (file.domain !== "" || file.type !== pattern.op || inputs.length < pattern.inputs.length)
    return undefined;
  const orders = pattern.commutes ? [inputs.slice(0, 2), inputs.slice(0, 2).reverse()] : [inputs];
  for (const order of orders) {
    let found: Bound | undefined = bound;
    pattern.inputs.forEach((part, position) => {
      found = found && matchInput(order[position], part, found, producer);
    });
    if (found) return found;
  }
  return undefined;
}

/** The node that one of the spellings' patterns makes of `node`, the last of the pattern's. */
export function fused(node: NetNode, known: readonly Known[], producer: Producer): NetNode | undefined {
  for (const entry of known) {
    for (const { pattern, replacement } of entry.spelling.patterns ?? []) {
      const bound = matchNode(node, pattern, new Map(), producer);
      const made = bound && replacement(bound);
      if (!made) continue;
      const attributes = new Map(
        Object.entries(made.floats).map(([name, float]) => [name, { ...NO_ATTRIBUTE, float }] as const),
      );
      // Values stay who they are; constants may be new.
      const inputs = made.inputs.map(
        (tensor): Value => (isValue(tensor) ? tensor : { ...tensor, port: false }),
      );
      const source = { ...node.source, attributes };
      const file: FileNode = { ...node.file, attributes };
      const view = nodeView(source, inputs, node.outputs);
      const spelling: OnnxSpelling<unknown> = entry.spelling;
      if (spelling.shapes(view)[0]?.join() !== node.outputs[0]?.shape.join()) continue;
      return { ...node, ...entry, candidates: [entry], file, source, inputs };
    }
  }
  return undefined;
}

function isValue(tensor: OnnxTensor): tensor is Value {
  return "port" in tensor;
}

const NO_ATTRIBUTE = {
  integer: 0,
  float: 0,
  text: "",
  texts: [],
  integers: [],
  floats: [],
  tensor: undefined,
};
