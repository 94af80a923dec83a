/** Writes layers that repeat: functions that read what differs between the rounds from a row, and the loop over the rows. */

import type { Column, PlannedLayer, PlannedLoop } from "../plan/plan.ts";

/** How a layer is run: the loop that it belongs to, and what is read from its rows; nothing of both on its own. */
export interface LayerPlace {
  readonly loop?: PlannedLoop;
  /** Round of the loop; only round 0 has a function of its own. */
  readonly round: number;
  /** Column of the layer's argument `position`, counted over all its copies and calls; `undefined` for a literal. */
  column(position: number): Column | undefined;
}

const ALONE: LayerPlace = { round: 0, column: () => undefined };

/** Tells the place of each layer. */
export function placesOf(
  layers: readonly PlannedLayer[],
  loops: readonly PlannedLoop[],
): (layer: PlannedLayer) => LayerPlace {
  const places = new Map<number, LayerPlace>();
  for (const loop of loops) {
    const { first, period, rounds, columns } = loop;
    let start = 0;
    for (let k = 0; k < period; k++) {
      const offset = start;
      const column = (position: number) => columns.get(offset + position);
      for (let round = 0; round < rounds; round++)
        places.set(first + k + round * period, { loop, round, column });

      const layer = layers[first + k];
      start += layer ? [...layer.copies, ...layer.calls].flat().length : 0;
    }
  }
  return ({ index }) => places.get(index) ?? ALONE;
}

/** How `model.ts` reads a number of the row. */
export function readColumn({ type, offset }: Column): string {
  return `load<${type}>(row, ${offset})`;
}

export function loopName({ first }: PlannedLoop): string {
  return `loop_${first}`;
}

/** The function that runs all rounds of a loop. */
export function loopFunction(loop: PlannedLoop, layers: readonly PlannedLayer[]): string {
  const { first, period, rounds, table, rowBytes } = loop;
  const last = first + period * rounds - 1;
  return [
    `/** Layers ${first} to ${last}: ${rounds} rounds of ${period}, each with its row of arguments. */`,
    `function ${loopName(loop)}(): void {`,
    `  let row: usize = ${table};`,
    `  let rounds = ${rounds};`,
    "  do {",
    ...layers.slice(first, first + period).map(({ name }) => `    ${name}(row);`),
    `    row += ${rowBytes};`,
    "  } while (--rounds);",
    "}",
  ].join("\n");
}
