/** Times functions against each other: interleaved, each in batches that the clock can resolve. */

/** What several timings of the same thing say, in microseconds. */
export interface Timing {
  readonly median: number;
  /** First and third quartile. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

/** Long enough that the clock's step is below a thousandth, short enough that a burst of load hits one batch. */
const BATCH_NANOSECONDS = 2_000_000;

/**
 * Times every function in turn, `runs` times over, so that a slow stretch of the machine hits all of them.
 * Each is warmed up first, for `warmUp` milliseconds, because V8 compiles hot code a second time.
 */
export function timeInterleaved(
  functions: readonly (() => void)[],
  { runs = 30, warmUp = 100 }: { readonly runs?: number; readonly warmUp?: number } = {},
): Timing[] {
  const batches = functions.map((run) => batchFor(run, warmUp));
  const samples: number[][] = functions.map(() => []);
  for (let turn = 0; turn < runs; turn++) {
    functions.forEach((run, index) => {
      const batch = batches[index] ?? 1;
      samples[index]?.push(Number(nanoseconds(run, batch)) / batch / 1000);
    });
  }
  return samples.map(summarize);
}

/** Calls of `run` that take about a batch's time, found while warming up. */
function batchFor(run: () => void, warmUp: number): number {
  const start = process.hrtime.bigint();
  let batch = 1;
  let each = 1;
  do {
    const taken = Number(nanoseconds(run, batch));
    each = taken / batch;
    if (taken < BATCH_NANOSECONDS) batch *= 2;
  } while (process.hrtime.bigint() - start < BigInt(Math.round(warmUp * 1e6)));
  return Math.max(1, Math.round(BATCH_NANOSECONDS / Math.max(each, 1)));
}

function nanoseconds(run: () => void, times: number): bigint {
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) run();
  return process.hrtime.bigint() - start;
}

/** Median and quartiles of at least one number. */
export function summarize(samples: readonly number[]): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (part: number): number => {
    const place = part * (sorted.length - 1);
    const below = sorted[Math.floor(place)] ?? 0;
    const above = sorted[Math.ceil(place)] ?? below;
    return below + (above - below) * (place - Math.floor(place));
  };
  return { median: at(0.5), low: at(0.25), high: at(0.75), runs: sorted.length };
}
