/** The report as one HTML page that needs no network and no script. */

import type { Report } from "../compile_result.ts";
import { type ReportFigures, reportFigures, type Timings } from "./figures.ts";
import { counted, decimal, integer } from "./format.ts";
import { escapeHtml } from "./html_escape.ts";
import { STYLE } from "./html_style.ts";
import { timelineSvg } from "./html_timeline.ts";
import { reportTables, subtitle, type Table } from "./rows.ts";
import { TIMELINE_TITLE } from "./timeline.ts";

export function renderHtml(report: Report, timings?: Timings): string {
  const figures = reportFigures(report, timings);
  const sections = new Map(reportTables(figures).map((table) => [table.id, table]));
  const section = (id: Table["id"], before = ""): string => {
    const table = sections.get(id);
    return table ? tableSection(table, before) : "";
  };
  const name = escapeHtml(report.name);
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="generator" content="mote">',
    `<title>${name}: Mote report</title>`,
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<h1>${name}</h1>`,
    `<p class="subtitle">${escapeHtml(subtitle(figures))}</p>`,
    headline(figures),
    section("builds"),
    section("tensors"),
    `<div class="pair">${section("bytes", bytesBar(figures))}${section("memory")}</div>`,
    timelineSection(figures),
    section("layers"),
    `<div class="pair">${section("code")}${section("time")}</div>`,
    section("counts"),
    section("certificate"),
    section("sums"),
    section("passes"),
    "</main>",
    "</body>",
    "</html>",
    "",
  ].join("\n");
}

function headline({ bytes, memory, macs, timings, layers }: ReportFigures): string {
  const figure = (value: string, label: string): string =>
    `<div class="figure"><b>${value}</b><span>${label}</span></div>`;
  return [
    '<div class="figures">',
    figure(integer(bytes.wasm), "bytes of wasm"),
    figure(integer(memory.arena), `bytes of arena, bound ${integer(memory.bound)}`),
    figure(integer(memory.total), `bytes of memory, ${counted(memory.pages, "page")}`),
    figure(integer(macs), `MACs in ${counted(layers.length, "layer")}`),
    ...(timings ? [figure(`${decimal(timings.total)} µs`, "one inference")] : []),
    "</div>",
  ].join("");
}

function bytesBar({ bytes }: ReportFigures): string {
  const parts = (["code", "weights", "tables", "metadata"] as const).filter((part) => bytes[part] > 0);
  const bars = parts.map(
    (part) =>
      `<i style="flex:${bytes[part]} 0 0;background:var(--${part})" title="${part} ${integer(bytes[part])}"></i>`,
  );
  const keys = parts.map((part) => keyItem(`style="background:var(--${part})"`, part));
  return `<div class="stack">${bars.join("")}</div><ul class="key">${keys.join("")}</ul>`;
}

function timelineSection(figures: ReportFigures): string {
  if (figures.memory.blocks.length === 0) return "";
  const keys = [
    keyItem('style="background:var(--port)"', "input, output"),
    keyItem('style="background:var(--activation)"', "activation"),
    ...(figures.memory.state > 0 ? [keyItem('style="background:var(--state)"', "state")] : []),
    keyItem('style="background:var(--scratch)"', "scratch"),
    keyItem('class="step"', "bytes in use"),
    keyItem('class="dash"', "no layout takes less"),
  ];
  return `<section><h2>${TIMELINE_TITLE}</h2><ul class="key">${keys.join("")}</ul><div class="scroll">${timelineSvg(figures)}</div></section>`;
}

function keyItem(attribute: string, label: string): string {
  return `<li><i ${attribute}></i>${label}</li>`;
}

function tableSection({ id, title, columns, rows, total, note }: Table, before: string): string {
  const shown = columns.flatMap((column, index) => (column.detail ? [] : [index]));
  // A column of detail stands small below the one before it.
  const cellText = (row: readonly string[], index: number): string => {
    const below = columns[index + 1]?.detail ? escapeHtml(row[index + 1] ?? "") : "";
    return `${escapeHtml(row[index] ?? "")}${below === "" ? "" : `<small>${below}</small>`}`;
  };
  const line = (row: readonly string[]): string => {
    const cells = shown.map((index) => {
      const kind = columns[index]?.kind ?? "text";
      const content = cellText(row, index);
      if (kind !== "share" || content === "") return `<td class="${kind}">${content}</td>`;
      return `<td class="share"><span style="--part:${Number(content)}%">${content}</span></td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  };
  const titles = columns.map((column) => column.title);
  const head = shown.map(
    (index) => `<th scope="col" class="${columns[index]?.kind ?? "text"}">${cellText(titles, index)}</th>`,
  );
  return [
    `<section id="${id}"><h2>${title}</h2>${before}`,
    `<div class="scroll"><table><thead><tr>${head.join("")}</tr></thead>`,
    `<tbody>${rows.map(line).join("\n")}</tbody>`,
    total ? `<tfoot>${line(total)}</tfoot>` : "",
    "</table></div>",
    note === undefined ? "" : `<p class="note">${escapeHtml(note)}</p>`,
    "</section>",
  ].join("\n");
}
