/** The arena over the layers as lines of text: what is in use at each layer, against the lower bound. */

import type { ReportFigures } from "./figures.ts";
import { integer } from "./format.ts";

const WIDTH = 50;

/** One line a layer: `#`, a bar on the scale of the arena with a mark at the lower bound, bytes in use. */
export function timelineLines({ layers, memory }: ReportFigures): string[] {
  const mark = Math.min(WIDTH - 1, Math.max(0, Math.round((memory.bound / memory.arena) * WIDTH) - 1));
  const digits = Math.max(5, ...layers.map(({ index }) => String(index).length));
  const widest = integer(memory.arena).length;
  const lines = layers.map(({ index, ramBytes }) => {
    const filled = Math.round((ramBytes / memory.arena) * WIDTH);
    const bar = Array.from({ length: WIDTH }, (_, column) => {
      if (column < filled) return "█";
      return column === mark ? "│" : "·";
    }).join("");
    return `${String(index).padStart(digits)}  ${bar}  ${integer(ramBytes).padStart(widest)}`;
  });
  return [
    ...lines,
    `${"bound".padStart(digits)}  ${" ".repeat(mark)}│${" ".repeat(WIDTH - 1 - mark)}  ${integer(memory.bound).padStart(widest)}`,
    `${"arena".padStart(digits)}  ${" ".repeat(WIDTH)}  ${integer(memory.arena).padStart(widest)}`,
  ];
}

export const TIMELINE_TITLE = "Arena in use at each layer";
