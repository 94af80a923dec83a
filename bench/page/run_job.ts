/** What a page or this process does for the benchmark: loads contestants, compares them with the goldens, runs batches. */

import type { Runner, Surroundings } from "./contestant.ts";
import { CONTESTANTS } from "./contestants/index.ts";
import type { Distance, Job, Loaded, NetworkFiles } from "./job.ts";

/** A job whose contestants are loaded. */
export interface RunningJob {
  /** One a contestant, in the order of the job. */
  readonly loaded: readonly Loaded[];
  /** Lets contestant `index` run `count` inferences, over all inputs in turn; the milliseconds that passed. */
  batch(index: number, count: number): Promise<number>;
}

export async function startJob({ network, contestants }: Job, around: Surroundings): Promise<RunningJob> {
  const samples = await samplesOf(network, around);
  const golden = await around.bytes(network.golden);
  const runners: (Runner | undefined)[] = [];
  const loaded: Loaded[] = [];
  for (const contestant of contestants) {
    try {
      const load = CONTESTANTS[contestant];
      if (!load) throw new Error(`no contestant is called ${contestant}`);
      const runner = await load(network, samples, around);
      loaded.push({ contestant, distance: await distanceOf(runner, samples.length, golden, network) });
      runners.push(runner);
    } catch (error) {
      loaded.push({ contestant, fault: error instanceof Error ? error.message : String(error) });
      runners.push(undefined);
    }
  }
  return {
    loaded,
    batch: (index, count) => {
      const runner = runners[index];
      if (!runner) throw new Error(`contestant ${index} is not loaded`);
      return milliseconds(runner, count, samples.length);
    },
  };
}

/**
 * Milliseconds from nothing to the first output: loading the contestant's code, compiling, instantiating and one inference.
 * The model's and the input's bytes are fetched before.
 */
export async function startTime({ network }: Job, contestant: string, around: Surroundings): Promise<number> {
  const samples = await samplesOf(network, around);
  const fetched = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const address of Object.values(network.models)) fetched.set(address, await around.bytes(address));
  const load = CONTESTANTS[contestant];
  if (!load) throw new Error(`no contestant is called ${contestant}`);
  const start = performance.now();
  const bytes = (path: string) =>
    Promise.resolve(fetched.get(path)).then((found) => found ?? around.bytes(path));
  const runner = await load(network, samples, { ...around, bytes });
  await runner.run(0);
  return performance.now() - start;
}

/** The network's inputs, each an array of its own. */
async function samplesOf(network: NetworkFiles, around: Surroundings): Promise<Int8Array[]> {
  const bytes = await around.bytes(network.input);
  const size = bytes.length / network.samples;
  return Array.from(
    { length: network.samples },
    (_, index) => new Int8Array(bytes.slice(index * size, (index + 1) * size).buffer),
  );
}

async function milliseconds(runner: Runner, count: number, inputs: number): Promise<number> {
  const { run } = runner;
  let input = 0;
  const start = performance.now();
  // Two loops: an await that waits for nothing would cost the synchronous ones more than their smallest network does.
  if (runner.asynchronous) {
    for (let i = 0; i < count; i++) {
      await run(input);
      if (++input === inputs) input = 0;
    }
  } else {
    for (let i = 0; i < count; i++) {
      run(input);
      if (++input === inputs) input = 0;
    }
  }
  return performance.now() - start;
}

/** Runs every sample once, in order, on a runner that has run none of them yet. */
async function distanceOf(
  runner: Runner,
  samples: number,
  golden: Uint8Array<ArrayBuffer>,
  { outputCoding }: NetworkFiles,
): Promise<Distance> {
  const numbers = (bytes: Uint8Array<ArrayBuffer>) =>
    outputCoding.signed ? new Int8Array(bytes.buffer) : bytes;
  const expected = numbers(golden);
  const size = expected.length / samples;
  let worst = 0;
  let different = 0;
  for (let index = 0; index < samples; index++) {
    await runner.run(index);
    const given = numbers(runner.output());
    for (let i = 0; i < size; i++) {
      const away = Math.abs((given[i] ?? Number.NaN) - (expected[index * size + i] ?? Number.NaN));
      if (away !== 0) different += 1;
      if (!(away <= worst)) worst = away;
    }
  }
  return { worst, different, values: expected.length };
}
