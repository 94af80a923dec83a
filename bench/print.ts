/** Prints what one network's contestants gave, as it comes. */

import { summarize } from "../host/timing.ts";
import type { Outcome } from "./interleave.ts";
import { ratioOf } from "./ratio.ts";

/** A line a contestant: microseconds, quartiles, distance from the goldens, and the ratio of each build of Mote to it. */
export function printOutcomes(where: string, name: string, outcomes: readonly Outcome[]): void {
  const builds = outcomes.filter(({ contestant, times }) => contestant.startsWith("mote-") && times);
  for (const outcome of outcomes) {
    const { contestant, fault, times, distance } = outcome;
    const head = `${where.padEnd(9)} ${name.padEnd(7)} ${contestant.padEnd(14)}`;
    if (!times || !distance) {
      console.log(`${head} ${fault ?? "gave nothing"}`);
      continue;
    }
    const { median, low, high } = summarize(times);
    const ratios = builds
      .filter((build) => build !== outcome)
      .map((build) => `${build.contestant} is ${ratioOf(build, outcome)?.ratio.toFixed(2) ?? "?"} of it`);
    console.log(
      `${head} ${median.toFixed(2).padStart(9)} µs (${low.toFixed(2)} to ${high.toFixed(2)}), off by ${distance.worst} at most, ${distance.different} of ${distance.values} values; ${ratios.join(", ")}`,
    );
  }
}

/** Median milliseconds to the first output, by contestant. */
export function printStarts(name: string, starts: ReadonlyMap<string, readonly number[]>): void {
  for (const [contestant, times] of starts) {
    if (times.length === 0) continue;
    const { median, low, high } = summarize(times);
    console.log(
      `${"start".padEnd(9)} ${name.padEnd(7)} ${contestant.padEnd(14)} ${median.toFixed(1).padStart(9)} ms (${low.toFixed(1)} to ${high.toFixed(1)})`,
    );
  }
}
