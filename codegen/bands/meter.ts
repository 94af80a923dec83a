/** Says what a graph's arena takes at each step, without laying it out. */

import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { stepBounds } from "../plan/arena_bound.ts";
import { type ArenaProblem, arenaAlign, arenaProblem } from "../plan/arena_requests.ts";
import { layerConstants } from "../plan/layer_constants.ts";
import type { Target } from "../plan/target.ts";
import { type ChosenKernel, type ChosenLayer, chooseKernel, withConstants } from "../plan/variants.ts";

const STYLE = { compact: true };

export interface Meter {
  problem(graph: Graph): ArenaProblem;
  /** The least bytes of each step at which blocks come into use, in order. */
  steps(graph: Graph): readonly { readonly step: number; readonly bytes: number }[];
}

/** A meter of graphs that share operators: it chooses a kernel once for equal operators on equal shapes, as most bands are. */
export function arenaMeter(target: Target): Meter {
  const known = new Map<string, ChosenLayer>();
  const choose = (graph: Graph, operator: Operator): ChosenLayer => {
    const kernel = rememberingOverlaps(chooseKernel(graph, operator, target));
    // What is copied from flash needs room.
    return target.flashWeights
      ? withConstants(kernel, STYLE)
      : { ...kernel, style: STYLE, packed: {}, macs: 0 };
  };
  const layerFor = (graph: Graph, operator: Operator): ChosenLayer => {
    const layer = layerOf(graph, operator);
    const shapes = [...layer.inputs, ...layer.outputs].map((tensor) => tensor?.shape);
    const constants = operator.inputs.filter((id) => id >= 0 && tensorAt(graph, id).data);
    const key = JSON.stringify([operator.kind, operator.index, operator.attributes, constants, shapes]);
    const found = known.get(key) ?? choose(graph, operator);
    known.set(key, found);
    // What is known was chosen in another graph, whose tensors have other numbers.
    return { ...found, layer };
  };
  const problem = (graph: Graph) => {
    const chosen = graph.operators.map((operator) => layerFor(graph, operator));
    const buffers = target.flashWeights
      ? layerConstants(graph, chosen, target).buffers
      : new Map<number, number>();
    return arenaProblem(graph, chosen, buffers, arenaAlign(target));
  };
  return {
    problem,
    steps(graph) {
      const { requests, overlaps } = problem(graph);
      return stepBounds(requests, overlaps);
    },
  };
}

function rememberingOverlaps(kernel: ChosenKernel): ChosenKernel {
  const { variant } = kernel;
  const { overlap } = variant;
  if (!overlap) return kernel;
  const known = new Map<number, number | undefined>();
  return {
    ...kernel,
    variant: {
      ...variant,
      overlap(layer, index) {
        if (!known.has(index)) known.set(index, overlap.call(variant, layer, index));
        return known.get(index);
      },
    },
  };
}
