/** Merges a PAD with the zero point into the convolutions that read it: their own padding does the same. */

import { type Graph, layerOf, type Operator } from "../graph/graph.ts";
import { withoutUnused, writerOf } from "../graph/rewrite.ts";
import { scaleOf, zeroPointOf } from "../ops/families/activation.ts";
import type { ConvolutionAttributes } from "../ops/families/convolution.ts";
import type { PadAttributes } from "../ops/pad.ts";
import type { Pass } from "./pass.ts";

const CONVOLUTIONS: readonly string[] = ["conv_2d", "depthwise_conv_2d"];

function isConvolution(operator: Operator): operator is Operator<ConvolutionAttributes> {
  return CONVOLUTIONS.includes(operator.kind);
}

function isPad(operator: Operator | undefined): operator is Operator<PadAttributes> {
  return operator?.kind === "pad";
}

/**
 * A pad of rows and columns only, not of state, which may hold something else where the convolution runs; with what a convolution takes its padding for: the zero point. PAD moves bytes as they
 * are, so where its tensors disagree on what a byte means, the convolution would read them by the wrong scale.
 */
function isSpatial(graph: Graph, pad: Operator<PadAttributes>): boolean {
  const { before, after, value } = pad.attributes;
  const { inputs, outputs } = layerOf(graph, pad);
  const [input] = inputs;
  const [output] = outputs;
  const outer = [0, 3].every((axis) => before[axis] === 0 && after[axis] === 0);
  return (
    before.length === 4 &&
    outer &&
    !!input &&
    !input.state &&
    !!output &&
    scaleOf(input) === scaleOf(output) &&
    zeroPointOf(input) === zeroPointOf(output) &&
    value === zeroPointOf(input)
  );
}

function run(graph: Graph): Graph {
  const writers = writerOf(graph);
  const operators = graph.operators.map((operator) => {
    if (!isConvolution(operator)) return operator;
    const [input = -1, ...rest] = operator.inputs;
    const pad = writers.get(input);
    if (!isPad(pad) || !isSpatial(graph, pad)) return operator;
    const { before, after } = pad.attributes;
    const a = operator.attributes;
    const attributes: ConvolutionAttributes = {
      ...a,
      padTop: a.padTop + (before[1] ?? 0),
      padBottom: a.padBottom + (after[1] ?? 0),
      padLeft: a.padLeft + (before[2] ?? 0),
      padRight: a.padRight + (after[2] ?? 0),
    };
    return { ...operator, inputs: [pad.inputs[0] ?? -1, ...rest], attributes };
  });
  const merged = operators.some((operator, index) => operator !== graph.operators[index]);
  return merged ? withoutUnused({ ...graph, operators }) : graph;
}

export const mergePad: Pass = {
  name: "merge_pad",
  summary: "lets a convolution pad for the PAD before it",
  run,
};
