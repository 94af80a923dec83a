/** Chooses, for every layer, the cheapest kernel variant that fits, and packs its constants. */

import { MoteError } from "../error.ts";
import { type Graph, type Layer, layerOf, type Operator, placeOf } from "../graph/graph.ts";
import type { KernelVariant, Packed, Style } from "../ops/descriptor.ts";
import { descriptorOf } from "../ops/index.ts";
import { refuseFloats } from "./floats.ts";
import type { Target } from "./target.ts";

export interface ChosenKernel {
  readonly layer: Layer;
  readonly variant: KernelVariant<unknown>;
  readonly scratchBytes: number;
}

export interface ChosenLayer extends ChosenKernel {
  readonly style: Style;
  readonly packed: Packed;
  readonly macs: number;
}

/**
 * The cheapest kernel of those that fit an operator and are `allowed`, by name. Throws a `MoteError` where there is none, or the
 * operator needs floats that the target does not have.
 */
export function chooseKernel(
  graph: Graph,
  operator: Operator,
  target: Target,
  allowed: (name: string) => boolean = () => true,
): ChosenKernel {
  const layer = layerOf(graph, operator);
  refuseFloats(graph, layer, target);
  const [variant] = descriptorOf(operator)
    .variants.filter((candidate) => allowed(candidate.name) && candidate.fits(layer, target))
    .map((candidate) => ({ candidate, cost: candidate.cost(layer, target) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ candidate }) => candidate);
  if (!variant) {
    const types = [...layer.inputs, ...layer.outputs].map((tensor) => tensor?.dtype ?? "none");
    throw new MoteError(
      "unsupported-operator",
      placeOf(graph, operator),
      `no kernel takes tensors of types ${types.join(", ")}. OPERATORS.md lists the types of each operator; re-quantize the model to int8.`,
    );
  }
  return { layer, variant, scratchBytes: variant.scratch?.(layer) ?? 0 };
}

/** An operator's kernel with its constants packed. */
export function withConstants(kernel: ChosenKernel, style: Style): ChosenLayer {
  const { layer, variant } = kernel;
  return {
    ...kernel,
    style,
    packed: variant.pack?.(layer, style) ?? {},
    macs: descriptorOf(layer.operator).macs?.(layer) ?? 0,
  };
}

/** The kernel of every operator of the graph with its constants; `styleOf` by its position. Throws as `chooseKernel`. */
export function chooseVariants(
  graph: Graph,
  target: Target,
  styleOf: (index: number) => Style,
  allowed?: (name: string) => boolean,
): ChosenLayer[] {
  return graph.operators.map((operator, index) =>
    withConstants(chooseKernel(graph, operator, target, allowed), styleOf(index)),
  );
}
