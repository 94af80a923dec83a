/** Writes the page of results. */

import { summarize } from "../host/timing.ts";
import type { Outcome } from "./interleave.ts";
import { machine } from "./machine.ts";
import { type Peer, peerVersion } from "./peers.ts";
import { ratioOf } from "./ratio.ts";
import { MOST_START, TARGETS, type Target } from "./targets.ts";

/** All that was measured of one network. */
export interface Measurement {
  readonly name: string;
  readonly title: string;
  /** Bytes of Mote's modules by contestant. */
  readonly bytes: ReadonlyMap<string, number>;
  /** By place, as `Node 20.20.2`; the browser last. */
  readonly places: ReadonlyMap<string, readonly Outcome[]>;
  /** In the browser, by contestant. */
  readonly starts: ReadonlyMap<string, readonly number[]>;
}

export interface Run {
  readonly measurements: readonly Measurement[];
  readonly peers: readonly Peer[];
  readonly browser: string;
  readonly optimize: string;
  readonly rounds: number;
  /** `2026-11-24` */
  readonly date: string;
}

/** Contestants as tables call them. */
export function titleOf(contestant: string, peers: readonly Peer[]): string {
  const own: Record<string, string> = {
    "mote-relaxed": "**Mote, relaxed SIMD**",
    "mote-simd": "**Mote, SIMD128**",
    "mote-scalar": "**Mote, scalar**",
  };
  return own[contestant] ?? peers.find(({ name }) => name === contestant)?.title ?? contestant;
}

/** Text of RESULTS.md. */
export function resultsPage(run: Run): string {
  const { has, lacks, processor } = machine();
  const versions = [...new Set(run.peers.map((peer) => `\`${peer.packageName}\` ${peerVersion(peer)}`))];
  return `${[
    "# Results",
    "",
    "Written by `npm run bench`; how it measures stands in [README.md](README.md). Absolute times hold for one machine; ratios",
    "are what counts.",
    "",
    `- ${run.date}, ${processor}; has ${has.join(", ")}; lacks ${lacks.join(", ") || "none of those asked for"}`,
    `- ${run.browser}, Node ${process.versions.node} (V8 ${process.versions.v8}); one thread`,
    `- ${versions.join(", ")}`,
    `- Mote's modules: \`--target web --optimize ${run.optimize}\`; ${run.rounds} rounds`,
    "",
    "![Time of an inference in Chromium, as multiples of Mote's with SIMD128](results.svg)",
    "",
    "## Figures to reach",
    "",
    ...targetTable(run),
    "",
    "## Latency of the start",
    "",
    ...startTable(run),
    "",
    ...run.measurements.flatMap((measurement) => [...measurementSection(measurement, run), ""]),
    "## How peers are driven",
    "",
    ...run.peers.map(({ title, packageName, note }) => `- **${title}** (\`${packageName}\`): ${note}`),
  ].join("\n")}\n`;
}

/** The outcomes in the browser. */
export function browserOutcomes({ places }: Measurement): readonly Outcome[] {
  return [...places.values()].at(-1) ?? [];
}

function targetTable({ measurements, peers }: Run): string[] {
  const names = Object.keys(TARGETS[0]?.most ?? {});
  const rows = TARGETS.map((target) => {
    const cells = names.map((name) => targetCell(target, name, measurements));
    return `| ${titleOf(target.ours, peers)} against ${titleOf(target.peer, peers)} | ${cells.join(" | ")} |`;
  });
  return [
    "Median time over the peer's, in one page; in brackets the quartiles of the ratios round by round, then the figure to reach.",
    "",
    `| | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---|").join("")}`,
    ...rows,
  ];
}

function targetCell(
  { ours, peer, most }: Target,
  name: string,
  measurements: readonly Measurement[],
): string {
  const measurement = measurements.find((candidate) => candidate.name === name);
  if (!measurement) return "not measured";
  const outcomes = browserOutcomes(measurement);
  const [own, other] = [ours, peer].map((contestant) =>
    outcomes.find((outcome) => outcome.contestant === contestant),
  );
  const ratio = own && other && ratioOf(own, other);
  const limit = most[name] ?? 0;
  if (!ratio) return `${own?.times ? "peer fails" : "not measurable on this machine"}, ≤ ${limit}`;
  const verdict = ratio.ratio <= limit ? "reached" : "**MISSED**";
  return `${ratio.ratio.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}), ≤ ${limit}: ${verdict}`;
}

function startTable({ measurements, peers }: Run): string[] {
  const started = measurements.filter(({ starts }) => starts.size > 0);
  const contestants = [...new Set(started.flatMap(({ starts }) => [...starts.keys()]))];
  const cell = ({ starts }: Measurement, contestant: string): string => {
    const times = starts.get(contestant);
    if (!times?.length) return "–";
    const { median, low, high } = summarize(times);
    const verdict = median <= MOST_START ? ": reached" : ": **MISSED**";
    return `${digits(median)} (${digits(low)} to ${digits(high)})${contestant.startsWith("mote-") ? verdict : ""}`;
  };
  return [
    "Milliseconds from nothing to the first output, in a page that has run nothing before: loading the contestant's code,",
    "compiling, instantiating, one inference; the model's bytes are there. Medians and quartiles of a clock on the wall, which",
    `counts what else the machine does. To reach: ${MOST_START}.`,
    "",
    `| | ${started.map(({ name }) => name).join(" | ")} |`,
    `|---|${started.map(() => "---|").join("")}`,
    ...contestants.map(
      (contestant) =>
        `| ${titleOf(contestant, peers)} | ${started.map((measurement) => cell(measurement, contestant)).join(" | ")} |`,
    ),
  ];
}

function measurementSection({ name, title, bytes, places }: Measurement, { peers }: Run): string[] {
  const lines = [
    `## ${name}`,
    "",
    `${title}. "Off by" is in steps of the output; TFLite Micro's outputs are the goldens.`,
  ];
  for (const [place, outcomes] of places) {
    const simd = outcomes.find(({ contestant }) => contestant === "mote-simd");
    lines.push(
      "",
      `| ${place} | µs | quartiles | Mote SIMD128 over it | off by | values off | bytes |`,
      "|---|---|---|---|---|---|---|",
    );
    for (const outcome of outcomes)
      lines.push(outcomeRow(outcome, simd, titleOf(outcome.contestant, peers), bytes));
  }
  return lines;
}

function outcomeRow(
  outcome: Outcome,
  simd: Outcome | undefined,
  title: string,
  bytes: ReadonlyMap<string, number>,
): string {
  const { contestant, times, distance, fault } = outcome;
  const size = bytes.get(contestant)?.toLocaleString("en-US") ?? "";
  if (!times || !distance) return `| ${title} | ${fault ?? "gave nothing"} | | | | | ${size} |`;
  const { median, low, high } = summarize(times);
  const ratio = simd && simd !== outcome ? (ratioOf(simd, outcome)?.ratio.toFixed(2) ?? "") : "";
  const off = distance.worst === 0 ? "exact" : `${distance.worst}`;
  return `| ${title} | ${digits(median)} | ${digits(low)} to ${digits(high)} | ${ratio} | ${off} | ${distance.different} of ${distance.values} | ${size} |`;
}

/** Three digits that count. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
