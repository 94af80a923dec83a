/**
 * Drops channels that hold a constant or that nobody reads: the constant goes into the next layer's bias, and the
 * channel's filter, activations and multiply-accumulates go altogether.
 */

import type { Graph } from "../graph/graph.ts";
import { constantChannels } from "./dead_channels/constant_channels.ts";
import { channelLayers, droppableChannels } from "./dead_channels/droppable.ts";
import { type Decision, foldedBiases, withoutChannels } from "./dead_channels/rewrite.ts";
import type { Pass } from "./pass.ts";

function run(graph: Graph): Graph {
  const layers = channelLayers(graph);
  const known = new Map(constantChannels(graph));
  for (;;) {
    const dropped = droppableChannels(graph, layers, known);
    const decision: Decision = { layers, known, dropped };
    const tooLarge = [...layers.values()].filter(
      (entry) => entry.flow === "filters" && foldedBiases(entry, decision) === undefined,
    );
    if (tooLarge.length === 0) {
      return [...dropped.values()].every(({ size }) => size === 0) ? graph : withoutChannels(graph, decision);
    }
    // What nobody knows to be constant is not folded into a bias.
    for (const { layer } of tooLarge) known.delete(layer.operator.inputs[0] ?? -1);
  }
}

export const dropDeadChannels: Pass = {
  name: "drop_dead_channels",
  summary: "folds channels that are constant into the next bias, drops those that nobody reads",
  run,
};
