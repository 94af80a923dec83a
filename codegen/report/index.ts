/** The report of a build in its four forms, all from the same figures. */

import type { Report } from "../compile_result.ts";
import type { Timings } from "./figures.ts";
import { renderHtml } from "./html.ts";
import { renderJson } from "./json.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderText } from "./text.ts";

export { type ReportFigures, reportFigures, type Timings } from "./figures.ts";
export { renderHtml, renderJson, renderMarkdown, renderText };

/** `<name>.report.html`, `.json` and `.md`: file name to content. */
export function reportFiles(report: Report, timings?: Timings): Record<string, string> {
  return {
    [`${report.name}.report.html`]: renderHtml(report, timings),
    [`${report.name}.report.json`]: renderJson(report, timings),
    [`${report.name}.report.md`]: renderMarkdown(report, timings),
  };
}
