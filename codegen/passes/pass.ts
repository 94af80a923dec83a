/** What a pass is. */

import type { Graph } from "../graph/graph.ts";

export interface Pass {
  /** Also the word that leaves it out. */
  readonly name: string;
  /** What it does, for the report. */
  readonly summary: string;
  /** A graph with the same outputs for every input, bit for bit. */
  run(graph: Graph): Graph;
}
