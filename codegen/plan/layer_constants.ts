/** The constants of a network's layers: which lie in memory, which are copied from flash, and the room that copies need. */

import type { Graph } from "../graph/graph.ts";
import type { Argument } from "../ops/descriptor.ts";
import { type ConstantRequest, constantRequests } from "./constant_requests.ts";
import { splitConstants } from "./flash.ts";
import { type Copies, leastBytes } from "./flash_buffers.ts";
import { statesOf } from "./storage.ts";
import type { Target } from "./target.ts";
import type { ChosenLayer } from "./variants.ts";

export interface LayerConstants {
  /** The calls of each layer's kernel, which say what constants it takes. */
  readonly calls: readonly (readonly (readonly Argument[])[])[];
  readonly resident: readonly ConstantRequest[];
  /** By layer. */
  readonly copies: ReadonlyMap<number, Copies>;
  /** By layer, the least bytes of the arena for what it copies. */
  readonly buffers: ReadonlyMap<number, number>;
}

export function layerConstants(graph: Graph, chosen: readonly ChosenLayer[], target: Target): LayerConstants {
  const calls = chosen.map(({ layer, variant, packed, style }) => variant.calls(layer, packed, style));
  const requests = constantRequests(graph, chosen, calls, statesOf(graph));
  const { resident, copies } = target.flashWeights
    ? splitConstants(requests, chosen)
    : { resident: requests, copies: new Map<number, Copies>() };
  const buffers = new Map([...copies].map(([index, each]) => [index, leastBytes(each)]));
  return { calls, resident, copies, buffers };
}
