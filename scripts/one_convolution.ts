/** Modules of a single convolution, for measuring: any shape, any of its kernels. */

import { buildPlan } from "../codegen/build/build_plan.ts";
import { type Graph, layerOf, type Operator } from "../codegen/graph/graph.ts";
import { elementCount, type Tensor } from "../codegen/graph/tensor.ts";
import { problemOf } from "../codegen/ops/conv_2d.ts";
import type { ConvolutionAttributes } from "../codegen/ops/families/convolution.ts";
import type { ConvolutionProblem } from "../codegen/ops/families/convolution_problem.ts";
import { makePlan } from "../codegen/plan/make_plan.ts";
import type { Target } from "../codegen/plan/target.ts";

/** A square kernel over a square map, with the padding that keeps its size; strides of 1. */
export interface ConvolutionShape {
  readonly size: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: number;
}

/** One inference, which kernel it runs, and what it computes. */
export interface ConvolutionRun {
  readonly run: () => void;
  readonly kernel: string;
  readonly macs: number;
  readonly problem: ConvolutionProblem;
}

const SCALE = { scales: [0.05], zeroPoints: [3], axis: 0 };

/** Weights of all values by turns, and a scale that spreads sums over int8. */
function graphOf({ size, channels, filters, kernel }: ConvolutionShape): {
  graph: Graph;
  operator: Operator<ConvolutionAttributes>;
} {
  const shape = [filters, kernel, kernel, channels];
  const data = Uint8Array.from(
    { length: elementCount(shape) },
    (_, index) => (index * 73 + (index >> 8)) & 255,
  );
  const output = { ...SCALE, scales: [0.05 * 0.02 * 75 * Math.sqrt(kernel * kernel * channels)] };
  const weights = { scales: [0.02], zeroPoints: [0], axis: 0 };
  const tensors: Tensor[] = [
    { name: "input", shape: [1, size, size, channels], dtype: "int8", quantization: SCALE },
    { name: "filter", shape, dtype: "int8", quantization: weights, data },
    { name: "output", shape: [1, size, size, filters], dtype: "int8", quantization: output },
  ];
  const [before, after] = [Math.floor((kernel - 1) / 2), Math.ceil((kernel - 1) / 2)];
  const attributes: ConvolutionAttributes = {
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: before,
    padBottom: after,
    padLeft: before,
    padRight: after,
    activation: "relu",
  };
  const place = { kind: "conv_2d", spelling: "CONV_2D", name: "convolution", index: 0 };
  const operator = { ...place, inputs: [0, 1], outputs: [2], attributes };
  const names = { name: "convolution", file: "convolution" };
  return { graph: { ...names, tensors, operators: [operator], inputs: [0], outputs: [2] }, operator };
}

/** Builds the convolution inlined, with the kernel called `kernel`, or else the one that the plan takes. */
export async function oneConvolution(
  shape: ConvolutionShape,
  target: Target,
  kernel?: string,
): Promise<ConvolutionRun> {
  const kernels = kernel === undefined ? {} : { kernels: (name: string) => name === kernel };
  const { graph, operator } = graphOf(shape);
  const plan = makePlan(graph, { target, inline: "all", ...kernels });
  const { wasm } = await buildPlan(plan, { size: false, profile: false });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const { invoke, memory } = exports as { invoke: () => void; memory: WebAssembly.Memory };
  const [layer] = plan.layers;
  const input = plan.inputs[0]?.address ?? 0;
  const bytes = new Uint8Array(memory.buffer, input, shape.size ** 2 * shape.channels);
  bytes.forEach((_, index) => {
    bytes[index] = (index * 41) & 255;
  });
  const problem = problemOf(layerOf(graph, operator));
  return { problem, run: invoke, kernel: layer?.kernel.name ?? "", macs: layer?.macs ?? 0 };
}
