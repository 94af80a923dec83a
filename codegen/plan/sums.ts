/** Between which numbers a layer's sums of products lie, where its operator can say. */

import type { Layer } from "../graph/graph.ts";
import { descriptorOf } from "../ops/index.ts";
import type { PlannedLayer } from "./plan.ts";

export function sumsOf(layer: Layer): Pick<PlannedLayer, "sums"> {
  const sums = descriptorOf(layer.operator).traits?.sums?.(layer);
  return sums ? { sums } : {};
}
