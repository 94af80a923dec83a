/** The benchmark in a page: leaves its functions on `globalThis` for the process that drives the browser. */

import type { Surroundings } from "./contestant.ts";
import type { Job, Loaded } from "./job.ts";
import { type RunningJob, startJob, startTime } from "./run_job.ts";

declare global {
  var benchmark: {
    start(job: Job): Promise<readonly Loaded[]>;
    batch(index: number, count: number): Promise<number>;
    /** Milliseconds from nothing to a contestant's first output; once a page. */
    first(job: Job, contestant: string): Promise<number>;
  };
}

const page: Surroundings = {
  origin: location.origin,
  folder: (path) => `${location.origin}${path}`,
  bytes: async (path) => {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`the site has no ${path}`);
    return new Uint8Array(await response.arrayBuffer());
  },
  script: (path) =>
    new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.onload = () => resolve();
      script.onerror = () => reject(new Error(`the script ${path} does not load`));
      script.src = path;
      document.head.append(script);
    }),
  module: (path) => import(path),
};

let running: RunningJob | undefined;

globalThis.benchmark = {
  start: async (job) => {
    running = await startJob(job, page);
    return running.loaded;
  },
  batch: async (index, count) => {
    if (!running) throw new Error("no job was started");
    return running.batch(index, count);
  },
  first: (job, contestant) => startTime(job, contestant, page),
};
