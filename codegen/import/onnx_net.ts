/** The network of an ONNX file while it is imported: values with their shapes, and the nodes that compute them. */

import { OperatorFault } from "../error.ts";
import { type Coding, codingKey } from "../graph/coding.ts";
import { placeOf } from "../graph/graph.ts";
import { elementCount } from "../graph/tensor.ts";
import type { OperatorDescriptor } from "../ops/descriptor.ts";
import type { Activation } from "../ops/families/activation.ts";
import type {
  ChannelFold,
  OnnxConstant,
  OnnxNode,
  OnnxSpelling,
  OnnxTensor,
  OnnxType,
} from "../ops/onnx_spelling.ts";
import type { FileAttribute, FileNode } from "./onnx_model.ts";

/** A tensor of the network. Quantizing and dequantizing don't change which value it is, only how it is coded. */
export interface Value extends OnnxTensor {
  name: string;
  shape: readonly number[];
  type: OnnxType;
  constant?: OnnxConstant;
  coding?: Coding;
  /** An input of the network. */
  readonly port: boolean;
}

/** How ONNX spells an operator, and whose spelling it is. */
export interface Known {
  readonly descriptor: OperatorDescriptor | undefined;
  readonly spelling: OnnxSpelling<unknown>;
}

/** An operator of the network that is not folded. */
export interface NetNode extends Known {
  /** What the file says; for messages and names. */
  readonly file: FileNode;
  readonly source: NodeSource;
  /** The operators that share the node's name. */
  readonly candidates: readonly Known[];
  readonly inputs: (Value | undefined)[];
  readonly outputs: Value[];
  activation: Activation;
  fold?: ChannelFold;
}

/** A value by one of the names that the file has for it, and the type that it has under that name. */
export interface Named {
  readonly value: Value;
  readonly type: OnnxType;
}

export interface Net {
  readonly file: string;
  readonly nodes: NetNode[];
  readonly recoded: Recodings;
  readonly inputs: readonly Value[];
  readonly outputs: readonly { readonly name: string; readonly value: Value; readonly type: OnnxType }[];
}

/** Gives a value other codes; what it stands for stays. */
export const RECODE: OnnxSpelling<unknown> = {
  name: "QuantizeLinear",
  shapes: (node) => [node.inputs[0]?.shape ?? []],
  real: () => (value) => value,
};

/** Values in other codes than they are computed in, each made once. */
export class Recodings {
  readonly #nodes = new Map<Value, Map<string, NetNode>>();

  /** The node that gives `value` in `coding`, and whether it was made just now, for `file` with the options of `source`. */
  get(
    value: Value,
    coding: Coding,
    name: string,
    { file, source }: Pick<NetNode, "file" | "source">,
  ): { readonly node: NetNode; readonly recoded: Value; readonly made: boolean } {
    const nodes = this.#nodes.get(value) ?? new Map<string, NetNode>();
    this.#nodes.set(value, nodes);
    const key = codingKey(coding);
    const known = nodes.get(key);
    const [same] = known?.outputs ?? [];
    if (known && same) return { node: known, recoded: same, made: false };
    const recoded: Value = { ...value, name, coding, port: false };
    const node: NetNode = {
      file,
      source,
      descriptor: undefined,
      spelling: RECODE,
      candidates: [],
      inputs: [value],
      outputs: [recoded],
      activation: "none",
    };
    nodes.set(key, node);
    return { node, recoded, made: true };
  }

  /** The codes in which a float input of the network is read first; `undefined` where nobody asked for any. */
  first(port: Value): Value | undefined {
    for (const node of this.#nodes.get(port)?.values() ?? []) return node.outputs[0];
    return undefined;
  }

  /** The nodes that read inputs of the network: they run before all others. */
  ofPorts(): NetNode[] {
    return [...this.#nodes].flatMap(([value, nodes]) => (value.port ? [...nodes.values()] : []));
  }
}

/** More than any network for a small device: elements of one tensor. */
const MAX_ELEMENTS = 2 ** 28;

/** Where a node stands, for messages: `kws.onnx: operator 7 (Conv "c3")`. */
export function nodePlace(file: string, { type, name, index }: FileNode): string {
  return placeOf({ file }, { kind: "", spelling: type, name, index, inputs: [], outputs: [] });
}

/** What a node says besides its tensors. */
export interface NodeSource {
  readonly attributes: FileNode["attributes"];
  readonly opset: number;
  /** Reads a `TensorProto` among the options. */
  tensor(bytes: Uint8Array, name: string): OnnxConstant;
}

/** What a descriptor gets to see of a node. */
export function nodeView(
  { attributes, opset, tensor }: NodeSource,
  inputs: readonly (OnnxTensor | undefined)[],
  outputs: readonly OnnxTensor[],
): OnnxNode {
  const read = <T>(name: string, pick: (attribute: FileAttribute) => T): T | undefined => {
    const attribute = attributes.get(name);
    return attribute && pick(attribute);
  };
  const list = (name: string, values: readonly number[] | undefined) => {
    if (values?.some((value) => !Number.isFinite(value)))
      throw new OperatorFault(
        `expects finite numbers in ${name}, found ${values.join(" ")}. The file may be damaged; re-export it.`,
      );
    return values;
  };
  return {
    opset,
    inputs,
    outputs,
    integer: (name, fallback) => read(name, ({ integer }) => integer) ?? fallback,
    integers: (name) => read(name, ({ integers }) => integers),
    float: (name, fallback) => list(name, [read(name, ({ float }) => float) ?? fallback])?.[0] ?? fallback,
    floats: (name) =>
      list(
        name,
        read(name, ({ floats }) => floats),
      ),
    text: (name, fallback) => read(name, ({ text }) => text) ?? fallback,
    texts: (name) => read(name, ({ texts }) => texts),
    tensor: (name) => read(name, ({ tensor: bytes }) => bytes && tensor(bytes, name)),
  };
}

/** What a descriptor gets to see of a node of the network. */
export function viewOf(node: NetNode): OnnxNode {
  return nodeView(node.source, node.inputs, node.outputs);
}

/** Throws an `OperatorFault` unless `shape` is one that an activation can have. */
export function checkShape(name: string, shape: readonly number[]): void {
  const sane =
    shape.length <= 8 &&
    shape.every((size) => Number.isInteger(size) && size >= 1) &&
    elementCount(shape) <= MAX_ELEMENTS;
  if (!sane)
    throw new OperatorFault(
      `expects "${name}" to have at most 8 dimensions from 1 and ${MAX_ELEMENTS} elements, found ${shape.join("×")}. The file may be damaged; re-export it.`,
    );
}
