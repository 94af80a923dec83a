/** The report as Markdown, with GitHub's tables. */

import type { Report } from "../compile_result.ts";
import { reportFigures, type Timings } from "./figures.ts";
import { type Column, reportTables, subtitle, type Table } from "./rows.ts";
import { TIMELINE_TITLE, timelineLines } from "./timeline.ts";

export function renderMarkdown(report: Report, timings?: Timings): string {
  const figures = reportFigures(report, timings);
  const sections = reportTables(figures).map((table) => {
    const timeline =
      table.id === "memory" ? [`\n## ${TIMELINE_TITLE}\n`, "```text", ...timelineLines(figures), "```"] : [];
    return [...tableMarkdown(table), ...timeline].join("\n");
  });
  return `${[`# ${escaped(report.name)}`, escaped(subtitle(figures)), ...sections].join("\n\n")}\n`;
}

function tableMarkdown({ title, columns, rows, total, note }: Table): string[] {
  const line = (row: readonly string[]): string => `| ${row.map(escaped).join(" | ")} |`;
  return [
    `## ${title}`,
    "",
    line(columns.map((column) => column.title)),
    `|${columns.map(alignment).join("|")}|`,
    ...rows.map(line),
    ...(total ? [`| ${total.map((cell) => (cell === "" ? "" : `**${escaped(cell)}**`)).join(" | ")} |`] : []),
    ...(note === undefined ? [] : ["", note]),
  ];
}

function alignment(column: Column): string {
  return column.kind === "text" ? "---" : "--:";
}

/** Names come from model files: what Markdown or HTML would read as markup is escaped. */
function escaped(text: string): string {
  return (
    text
      .replace(/[\\`*|[\]~]/g, "\\$&")
      // An underscore inside a word is no markup on GitHub.
      .replace(/(?<!\w)_|_(?!\w)/g, "\\_")
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/\s+/g, " ")
  );
}
