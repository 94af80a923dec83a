/** Networks of a few ONNX nodes on numbers that int8 holds exactly: steps of 1, so that results can be worked out by hand. */

import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import type { Values } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { type AttributeSpec, OnnxBuilder } from "./onnx_writer.ts";

/** 0, 1, 2, … */
export const count = (length: number) => Float32Array.from({ length }, (_, index) => index);

export class Net extends OnnxBuilder {
  whole(...values: number[]): string {
    return this.constant("int64", [values.length], values);
  }

  real(...values: number[]): string {
    return this.constant("float32", [values.length], values);
  }
}

export interface Run {
  readonly outputs: number[][];
  readonly shapes: (readonly number[])[];
  readonly kinds: string[];
}

/** Runs a network of one coded input in steps of 1; its outputs are coded likewise. */
export function run(
  shape: readonly number[],
  build: (net: Net, x: string) => string | readonly string[],
  input: Values = count(shape.reduce((a, b) => a * b, 1)),
): Run {
  const net = new Net();
  const x = net.coded(net.input("x", shape), 1);
  const results = build(net, x);
  for (const name of typeof results === "string" ? [results] : results) net.output(net.coded(name, 1));
  const graph = importModel(net.bytes(), { file: "net.onnx" });
  return {
    outputs: evaluateGraph(graph, [input]).map((values) => Array.from(values as ArrayLike<number>)),
    shapes: graph.outputs.map((id) => graph.tensors[id]?.shape ?? []),
    kinds: graph.operators.map(({ kind }) => kind),
  };
}

/** The only output of one node. */
export function node(
  shape: readonly number[],
  type: string,
  more: (net: Net) => readonly string[] = () => [],
  attributes: Readonly<Record<string, AttributeSpec>> = {},
): number[] {
  return run(shape, (net, x) => net.node(type, [x, ...more(net)], attributes)).outputs[0] ?? [];
}
