/** Draws the ratios as bars: what an inference takes in Chromium, as multiples of Mote's with SIMD128. */

import { summarize } from "../host/timing.ts";
import { browserOutcomes, type Measurement, type Run, titleOf } from "./results.ts";

const ROW = 18;
const LEFT = 190;
const WIDTH = 760;
const BAR = WIDTH - LEFT - 90;

interface Bar {
  readonly title: string;
  readonly times: number;
  readonly own: boolean;
}

/** Text of an SVG. The scale is logarithmic: peers lie between a half and a hundred times. */
export function chart({ measurements, peers }: Run): string {
  const groups = measurements.map((measurement) => ({
    name: measurement.name,
    bars: barsOf(measurement, (contestant) => titleOf(contestant, peers).replaceAll("*", "")),
  }));
  const ratios = groups.flatMap(({ bars }) => bars.map(({ times }) => times));
  const least = Math.min(0.5, ...ratios);
  const most = Math.max(10, ...ratios);
  const x = (ratio: number) => (BAR * Math.log(ratio / least)) / Math.log(most / least);
  const parts: string[] = [];
  let y = 30;
  for (const { name, bars } of groups) {
    parts.push(text(8, y + 12, name, 'font-weight="bold"'));
    y += ROW;
    for (const { title, times, own } of bars) {
      const width = Math.max(1, x(times));
      parts.push(text(20, y + 12, title));
      parts.push(
        `<rect x="${LEFT}" y="${y + 2}" width="${width.toFixed(1)}" height="13" fill="${own ? "#1f6f5c" : "#b9b2a3"}"/>`,
      );
      parts.push(text(LEFT + width + 5, y + 12, `${times.toFixed(2)}×`));
      y += ROW;
    }
    y += 8;
  }
  const line = LEFT + x(1);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="12" fill="#222">
<title>Time of an inference in Chromium, as multiples of Mote's with SIMD128</title>
<rect width="${WIDTH}" height="${y}" fill="#fff"/>
${text(8, 18, "Time of an inference in Chromium, as multiples of Mote's with SIMD128 (logarithmic; left is faster)")}
${parts.join("\n")}
<line x1="${line.toFixed(1)}" x2="${line.toFixed(1)}" y1="26" y2="${y}" stroke="#222" stroke-dasharray="3 3"/>
</svg>
`;
}

function barsOf(measurement: Measurement, title: (contestant: string) => string): Bar[] {
  const timed = browserOutcomes(measurement).flatMap(({ contestant, times }) =>
    times?.length ? [{ contestant, median: summarize(times).median }] : [],
  );
  const one = timed.find(({ contestant }) => contestant === "mote-simd")?.median;
  if (one === undefined) return [];
  return timed.map(({ contestant, median }) => ({
    title: title(contestant),
    times: median / one,
    own: contestant.startsWith("mote-"),
  }));
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" ${attributes}>${escaped}</text>`;
}
