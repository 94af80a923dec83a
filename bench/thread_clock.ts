/** The processor's time of a page's main thread, as Linux counts it. */

import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

/** Milliseconds that the processor has spent on a thread; exact while the thread sleeps. */
export type ThreadClock = () => number;

/**
 * The clock of the main thread of the page that `burn` keeps busy for some 20 ms: of the browser's processes, the one that
 * works meanwhile. Throws an Error on other systems than Linux.
 */
export async function pageClock(browser: Browser, burn: () => Promise<unknown>): Promise<ThreadClock> {
  if (process.platform !== "linux") {
    throw new Error(
      "the benchmark reads Chromium's processor time from /proc, which only Linux has. Run it there.",
    );
  }
  const tools = await browser.newBrowserCDPSession();
  const { processInfo } = await tools.send("SystemInfo.getProcessInfo");
  await tools.detach();
  const clocks = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => mainThreadClock(id));
  const starts = clocks.map((clock) => clock());
  await burn();
  const spent = clocks.map((clock, index) => clock() - (starts[index] ?? 0));
  const clock = clocks[spent.indexOf(Math.max(...spent))];
  if (!clock) throw new Error("Chromium names no renderer among its processes");
  return clock;
}

/** A process's main thread bears its number. The first field of schedstat is nanoseconds on a processor (proc(5)). */
function mainThreadClock(id: number): ThreadClock {
  return () => Number(readFileSync(`/proc/${id}/task/${id}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}
