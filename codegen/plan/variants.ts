/** Chooses, for every layer, the cheapest kernel variant that fits, and packs its constants. */

import { MoteError } from "../error.ts";
import { type Graph, type Layer, layerOf, placeOf } from "../graph/graph.ts";
import type { KernelVariant, Packed, Style } from "../ops/descriptor.ts";
import { descriptorOf } from "../ops/index.ts";
import { refuseFloats } from "./floats.ts";
import type { Target } from "./target.ts";

export interface ChosenLayer {
  readonly layer: Layer;
  readonly variant: KernelVariant<unknown>;
  readonly style: Style;
  readonly packed: Packed;
  readonly scratchBytes: number;
  readonly macs: number;
}

/**
 * One choice per operator of the graph; `styleOf` by its position; `allowed` kernels only, by name. Throws a `MoteError` where no variant fits, or an operator
 * needs floats that the target does not have.
 */
export function chooseVariants(
  graph: Graph,
  target: Target,
  styleOf: (index: number) => Style,
  allowed: (name: string) => boolean = () => true,
): ChosenLayer[] {
  return graph.operators.map((operator, index) => {
    const style = styleOf(index);
    const layer = layerOf(graph, operator);
    const descriptor = descriptorOf(operator);
    refuseFloats(graph, layer, target);
    const [variant] = descriptor.variants
      .filter((candidate) => allowed(candidate.name) && candidate.fits(layer, target))
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
    return {
      layer,
      variant,
      style,
      packed: variant.pack?.(layer, style) ?? {},
      scratchBytes: variant.scratch?.(layer) ?? 0,
      macs: descriptor.macs?.(layer) ?? 0,
    };
  });
}
