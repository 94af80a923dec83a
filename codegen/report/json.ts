/** The report as JSON: its figures as they are, a superset of `Report`. */

import type { Report } from "../compile_result.ts";
import { reportFigures, type Timings } from "./figures.ts";

export function renderJson(report: Report, timings?: Timings): string {
  return `${JSON.stringify(reportFigures(report, timings), null, 2)}\n`;
}
