/** The report for a terminal. */

import type { Report } from "../compile_result.ts";
import { reportFigures, type Timings } from "./figures.ts";
import { reportTables, subtitle, type Table } from "./rows.ts";
import { TIMELINE_TITLE, timelineLines } from "./timeline.ts";

/** Plain text, without colours. Columns of less interest are left out, to fit a wide terminal. */
export function renderText(report: Report, timings?: Timings): string {
  const figures = reportFigures(report, timings);
  const sections = reportTables(figures).map((table) => {
    const timeline = table.id === "memory" ? [`\n${TIMELINE_TITLE}`, ...timelineLines(figures)] : [];
    return [...tableText(table), ...timeline].join("\n");
  });
  return [`${report.name}\n${subtitle(figures)}`, ...sections, ""].join("\n\n").trimEnd().concat("\n");
}

function tableText({ title, columns, rows, total, note }: Table): string[] {
  const head = columns.map((column) => column.title);
  const shown = columns.flatMap((column, index) => (column.detail ? [] : [index]));
  const all = [head, ...rows, ...(total ? [total] : [])];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => (row[index] ?? "").length)));
  const line = (row: readonly string[]): string =>
    shown
      .map((index) => {
        const cell = row[index] ?? "";
        const width = widths[index] ?? 0;
        return columns[index]?.kind === "text" ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")
      .trimEnd();
  const rule = shown.map((index) => "─".repeat(widths[index] ?? 0)).join("──");
  return [
    title,
    line(head),
    rule,
    ...rows.map(line),
    ...(total ? [rule, line(total)] : []),
    ...(note === undefined ? [] : [note]),
  ];
}
