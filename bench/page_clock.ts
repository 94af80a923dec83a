/** The processor's time of a page, as Linux counts it. */

import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

/** Milliseconds that the processor has spent on a thread; exact while it sleeps. */
export type Clock = () => number;

/**
 * The clock of a page's main thread: of the browser's processes, the one that works while the page does.
 * @param work keeps the page's main thread busy for 10 ms and more, however often the system interrupts it
 * Throws an Error on other systems than Linux.
 */
export async function pageClock(browser: Browser, work: () => Promise<unknown>): Promise<Clock> {
  if (process.platform !== "linux") {
    throw new Error(
      "the benchmark reads Chromium's processor time from /proc, which only Linux has. Run it there.",
    );
  }
  const tools = await browser.newBrowserCDPSession();
  const { processInfo } = await tools.send("SystemInfo.getProcessInfo");
  await tools.detach();
  const clocks = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => mainThreadClock(id));
  const least = clocks.map(() => Number.POSITIVE_INFINITY);
  // Chromium starts processes in advance: one that works while it starts doesn't do so again and again.
  for (let turn = 0; turn < 3; turn++) {
    const starts = clocks.map((clock) => clock());
    await work();
    clocks.forEach((clock, index) => {
      least[index] = Math.min(least[index] ?? 0, clock() - (starts[index] ?? 0));
    });
  }
  const found = clocks[least.indexOf(Math.max(...least))];
  if (!found) throw new Error("Chromium names no renderer among its processes");
  return found;
}

/** A process's main thread bears its number. The first field of schedstat is nanoseconds on a processor (proc(5)). */
function mainThreadClock(id: number): Clock {
  const file = `/proc/${id}/task/${id}/schedstat`;
  return () => {
    try {
      return Number(readFileSync(file, "utf8").split(" ")[0]) / 1e6;
    } catch {
      // Chromium ends processes that it started in advance.
      return 0;
    }
  };
}
