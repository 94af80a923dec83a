/** The processor's time of a page, as Linux counts it. */

import { readdirSync, readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

/** Milliseconds that the processor has spent on a thread or a process; exact while it sleeps. */
export type Clock = () => number;

/** The clocks of a page. */
export interface PageClocks {
  readonly mainThread: Clock;
  /** All threads that there are: what the main thread leaves to others, such as compiling, counts too. */
  readonly process: Clock;
}

/**
 * The clocks of a page: of the browser's processes, the one that works while the page does.
 * @param work keeps the page's main thread busy for 10 ms and more, however often the system interrupts it
 * Throws an Error on other systems than Linux.
 */
export async function pageClocks(browser: Browser, work: () => Promise<unknown>): Promise<PageClocks> {
  if (process.platform !== "linux") {
    throw new Error(
      "the benchmark reads Chromium's processor time from /proc, which only Linux has. Run it there.",
    );
  }
  const tools = await browser.newBrowserCDPSession();
  const { processInfo } = await tools.send("SystemInfo.getProcessInfo");
  await tools.detach();
  const clocks = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => clocksOf(id));
  const least = clocks.map(() => Number.POSITIVE_INFINITY);
  // Chromium starts processes in advance: one that works while it starts doesn't do so again and again.
  for (let turn = 0; turn < 3; turn++) {
    const starts = clocks.map(({ mainThread }) => mainThread());
    await work();
    clocks.forEach(({ mainThread }, index) => {
      least[index] = Math.min(least[index] ?? 0, mainThread() - (starts[index] ?? 0));
    });
  }
  const found = clocks[least.indexOf(Math.max(...least))];
  if (!found) throw new Error("Chromium names no renderer among its processes");
  return found;
}

function clocksOf(id: number): PageClocks {
  const folder = `/proc/${id}/task`;
  return {
    // A process's main thread bears its number.
    mainThread: () => milliseconds(`${folder}/${id}`),
    process: () => readdirSync(folder).reduce((sum, thread) => sum + milliseconds(`${folder}/${thread}`), 0),
  };
}

/** The first field of schedstat is nanoseconds on a processor (proc(5)); a thread may have ended meanwhile. */
function milliseconds(thread: string): number {
  try {
    return Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return 0;
  }
}
