/** Compares two contestants that were timed in the same rounds. */

import { summarize } from "../host/timing.ts";
import type { Outcome } from "./interleave.ts";

export interface Ratio {
  /** Median time over median time. */
  readonly ratio: number;
  /** Quartiles of the ratios round by round: how sure the ratio is on a machine that others use too. */
  readonly low: number;
  readonly high: number;
}

/** Time of `ours` over that of `peer`; undefined where one was not timed. */
export function ratioOf(ours: Outcome, peer: Outcome): Ratio | undefined {
  const { times } = ours;
  const others = peer.times;
  if (!times?.length || !others?.length) return undefined;
  const rounds = summarize(times.map((time, round) => time / (others[round] ?? Number.NaN)));
  return { ratio: summarize(times).median / summarize(others).median, low: rounds.low, high: rounds.high };
}
