/** Times contestants against each other, in turn, so that a slow stretch of the machine hits all of them. */

import type { Loaded } from "./page/job.ts";
import type { Place } from "./places.ts";

/** Of one contestant: what it gave, or why it can't run the network. */
export interface Outcome extends Loaded {
  /** Microseconds of one inference, by round. */
  readonly times?: readonly number[];
}

/** Least milliseconds of a sample: beside it, what starts and ends a batch is small. */
const BATCH = 10;
/** Milliseconds that each contestant runs before anything counts: V8 compiles hot code a second time. */
const WARM_UP = 250;

const MAX_COUNT = 2 ** 24;

/** Times every contestant that is loaded, `rounds` times over; one outcome each, in their order. */
export async function interleave({ loaded, batch }: Place, rounds: number): Promise<Outcome[]> {
  const running = loaded.flatMap(({ fault }, index) => (fault === undefined ? [index] : []));
  const counts = new Map<number, number>();
  for (const index of running) counts.set(index, await countOf((count) => batch(index, count)));
  const times = loaded.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < running.length; turn++) {
      // Another one begins each round, so that nobody always follows the same neighbour's caches.
      const index = running[(turn + round) % running.length] ?? 0;
      const count = counts.get(index) ?? 1;
      times[index]?.push(((await batch(index, count)) / count) * 1000);
    }
  }
  return loaded.map((entry, index) => (times[index]?.length ? { ...entry, times: times[index] } : entry));
}

/** How many inferences last a batch's time, found while warming up. */
async function countOf(batch: (count: number) => Promise<number>): Promise<number> {
  let count = 1;
  let taken = 0;
  let sum = 0;
  do {
    if (count > MAX_COUNT) throw new Error(`${count} inferences take no time: the clock of the place stands`);
    taken = await batch(count);
    sum += taken;
    if (taken < BATCH) count *= 2;
  } while (taken < BATCH || sum < WARM_UP);
  return Math.max(1, Math.ceil((BATCH * count) / taken));
}
