/** Damages one model in many ways: every copy is refused in one sentence or built and run. */

import { MoteError } from "../../codegen/index.ts";
import { conformanceFile } from "../conformance/conformance.ts";
import { mutations } from "../mutate.ts";
import { isRunnable, runFilled } from "./damaged.ts";

const MAX_MILLISECONDS = 4000;
const MAX_BYTES = 256_000_000;
const RUNNABLE = { macs: 5_000_000, bytes: 2_000_000, layers: 60 };

export interface MutationTask {
  /** Model of the conformance set. */
  readonly model: string;
  readonly seed: number;
  readonly count: number;
}

export interface MutationResult {
  readonly refused: number;
  readonly built: number;
  /** What went wrong, in words. */
  readonly problems: readonly string[];
}

/** Runs a task; `run` is what a worker of a `Pool` is asked for. */
export async function run({ model, seed, count }: MutationTask): Promise<MutationResult> {
  const file = `damaged.${model.split(".").at(-1)}`;
  const problems: string[] = [];
  const accepted: { what: string; bytes: Uint8Array }[] = [];
  let refused = 0;
  for (const { what, bytes } of mutations(conformanceFile(model), seed, count)) {
    const before = process.memoryUsage();
    const start = performance.now();
    try {
      if (isRunnable(bytes, file, RUNNABLE)) accepted.push({ what, bytes: bytes.slice() });
    } catch (error) {
      refused++;
      const problem = problemOf(error, file);
      if (problem) problems.push(`${model}, ${what}: ${problem}`);
    }
    const took = performance.now() - start;
    const after = process.memoryUsage();
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
    if (took > MAX_MILLISECONDS) problems.push(`${model}, ${what}: took ${took} ms`);
    if (grown > MAX_BYTES) problems.push(`${model}, ${what}: took ${grown} bytes`);
  }
  for (const { what, bytes } of accepted) {
    const problem = await problemOfRun(bytes, file);
    if (problem) problems.push(`${model}, ${what}: ${problem}`);
  }
  return { refused, built: accepted.length, problems };
}

/** What is wrong with a refusal: it must be one short line that names the file and ends as a sentence does. */
function problemOf(error: unknown, file: string): string | undefined {
  if (!(error instanceof MoteError))
    return error instanceof Error ? (error.stack ?? error.message) : `${error}`;
  const { message } = error;
  const line = message.startsWith(file) && /^[^\n\r\u2028\u2029]+\.$/u.test(message);
  const clear = line && message.length < 2000 && !/undefined|\[object|NaN(?! or infinity)/.test(message);
  return clear ? undefined : `refused with "${message.slice(0, 300)}"`;
}

/** Builds and runs a damaged model: it may be refused still, but never traps. */
async function problemOfRun(bytes: Uint8Array, file: string): Promise<string | undefined> {
  try {
    await runFilled(bytes, file);
    return undefined;
  } catch (error) {
    return problemOf(error, file);
  }
}
