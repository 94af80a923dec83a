/** Where contestants run: this process, or a page of headless Chromium. Both tell the processor's time of a batch. */

import type { Browser } from "playwright-core";
import { type OpenPage, openPage } from "./browser/chromium.ts";
import type { Content, Site } from "./browser/serve.ts";
import type { Surroundings } from "./page/contestant.ts";
import type { Job, Loaded } from "./page/job.ts";
import { startJob } from "./page/run_job.ts";
import { pageClock } from "./page_clock.ts";

/** A job in its place, with all contestants loaded. */
export interface Place {
  readonly loaded: readonly Loaded[];
  /** Lets contestant `index` run `count` inferences; the milliseconds that the processor spent on them. */
  batch(index: number, count: number): Promise<number>;
  close(): Promise<void>;
}

/** This process, whose own clock counts the processor's time of all its threads. */
export async function nodePlace(site: Site, folders: Content["folders"], job: Job): Promise<Place> {
  const { loaded, batch } = await startJob(job, nodeSurroundings(site, folders));
  return {
    loaded,
    batch: async (index, count) => {
      const start = process.cpuUsage();
      await batch(index, count);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    },
    close: async () => {},
  };
}

function nodeSurroundings({ origin }: Site, folders: Content["folders"]): Surroundings {
  const fileOf = (path: string): URL => {
    for (const [prefix, folder] of folders) {
      if (path.startsWith(prefix)) return new URL(path.slice(prefix.length), folder);
    }
    throw new Error(`the site has no ${path}`);
  };
  const refuse = (path: string) => Promise.reject(new Error(`needs a page: Node can't load ${path}`));
  return {
    origin,
    bytes: async (path) => {
      const response = await fetch(`${origin}${path}`);
      if (!response.ok) throw new Error(`the site has no ${path}`);
      return new Uint8Array(await response.arrayBuffer());
    },
    // Packages are loaded from where they are installed; WebAssembly files that they load themselves, too.
    folder: (path) => fileOf(path).href,
    script: refuse,
    module: (path) => import(fileOf(path).href).catch(() => refuse(path)),
  };
}

/**
 * A page of its own, so that no network inherits another's heaps. Its time is what the processor spent on the page's main
 * thread: other programs on the machine, which a clock on the wall would count, leave that as it is. What a batch of no
 * inferences takes is subtracted.
 */
export async function chromiumPlace(browser: Browser, site: Site, job: Job): Promise<Place> {
  const { evaluate, close } = await openBenchmark(browser, site, job.network.name);
  const clock = await pageClock(browser, () => evaluate(WORK));
  const spent = async (expression: string): Promise<number> => {
    const start = clock();
    await evaluate(expression);
    return clock() - start;
  };
  const loaded = await evaluate<readonly Loaded[]>(`benchmark.start(${JSON.stringify(job)})`);
  const running = loaded.findIndex(({ fault }) => fault === undefined);
  return {
    loaded,
    batch: async (index, count) => {
      const all = await spent(`benchmark.batch(${index}, ${count})`);
      return Math.max(0, all - (await spent(`benchmark.batch(${running}, 0)`)));
    },
    close,
  };
}

/** The benchmark's page; what fails there is told with what the page said before. */
async function openBenchmark(
  browser: Browser,
  site: Site,
  name: string,
): Promise<Pick<OpenPage, "evaluate" | "close">> {
  const said: string[] = [];
  const page = await openPage(browser, site, "/index.html", (line) => said.push(line));
  const evaluate = async <Result>(expression: string): Promise<Result> => {
    try {
      return await page.evaluate<Result>(expression);
    } catch (error) {
      throw new Error(`the page of ${name} fails; it said:\n${said.slice(-20).join("\n")}`, { cause: error });
    }
  };
  return { evaluate, close: page.close };
}

/** Some 20 ms of a processor. */
const WORK = "(() => { let x = 1; for (let i = 0; i < 2e7; i++) x = (x * 5 + i) | 0; return x; })()";

/**
 * Milliseconds from nothing to a contestant's first output, in a page that has run nothing before; undefined where it
 * can't run the network.
 */
export async function startInChromium(
  browser: Browser,
  site: Site,
  job: Job,
  contestant: string,
): Promise<number | undefined> {
  const { evaluate, close } = await openBenchmark(browser, site, job.network.name);
  try {
    return await evaluate<number>(`benchmark.first(${JSON.stringify(job)}, ${JSON.stringify(contestant)})`);
  } catch {
    return undefined;
  } finally {
    await close();
  }
}
