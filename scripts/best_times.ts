/** Times functions on a machine that may be loaded: short batches in turn, of which the shortest was disturbed least. */

/** A batch lasts this long at least, in microseconds: less than a scheduler's slice. */
const BATCH = 300;

function microseconds(run: () => void, times: number): number {
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i++) run();
  return Number(process.hrtime.bigint() - start) / 1000;
}

/** How often to call `run` in a batch; calling it often enough to know warms it up. */
function batchFor(run: () => void): number {
  let batch = 1;
  while (microseconds(run, batch) < BATCH) batch *= 2;
  return batch;
}

/** Microseconds of one call of each function, timed in turn: the least of `turns`. */
export function bestTimes(functions: readonly (() => void)[], turns: number): number[] {
  const batches = functions.map(batchFor);
  const best = functions.map(() => Infinity);
  for (let turn = 0; turn < turns; turn++) {
    functions.forEach((run, index) => {
      const batch = batches[index] ?? 1;
      best[index] = Math.min(best[index] ?? Infinity, microseconds(run, batch) / batch);
    });
  }
  return best;
}
