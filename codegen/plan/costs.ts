/** Estimates what code costs on a processor from counts of its instructions. */

import { COST_TABLES } from "./cost_tables.ts";

/** Processor instructions by instruction class; `inference` is what one costs besides. Absent classes cost nothing. */
export type CostTable = Readonly<Record<string, number>>;

/** The cost tables of a target by processor; none where nothing was fitted. */
export function costsOf(target: string): Readonly<Record<string, CostTable>> {
  return COST_TABLES[target] ?? {};
}

/** Processor instructions of code with these counts and so many inferences. */
export function estimate(
  table: CostTable,
  counts: Readonly<Partial<Record<string, number>>>,
  inferences: number,
): number {
  return Object.entries(counts).reduce(
    (sum, [name, count]) => sum + (table[name] ?? 0) * (count ?? 0),
    (table.inference ?? 0) * inferences,
  );
}
