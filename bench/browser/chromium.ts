/** Opens a page of a site in headless Chromium. */

import { existsSync } from "node:fs";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import type { Site } from "./serve.ts";

/** Where Debian's package `chromium` puts it; `CHROMIUM` names another one. */
const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** `performance.memory` in bytes instead of steps of 100 KB, and `gc()`. */
const FLAGS = ["--enable-precise-memory-info", "--js-flags=--expose-gc"];

/** Throws an Error where there is no Chromium. */
export async function openBrowser(flags: readonly string[] = []): Promise<Browser> {
  if (!existsSync(EXECUTABLE)) {
    throw new Error(
      `expected Chromium at ${EXECUTABLE}, found none. Install Debian's package chromium, or say where one is: CHROMIUM=/path.`,
    );
  }
  // Nothing but the site of this process is ever opened, so that root, too, may run it: Chromium's sandbox refuses root.
  return chromium.launch({ executablePath: EXECUTABLE, chromiumSandbox: false, args: [...FLAGS, ...flags] });
}

/** A page that can be asked to compute, with the developer tools' session of it. */
export interface OpenPage {
  /** The value of a JavaScript expression in the page, awaited; plain data. */
  evaluate<Result>(expression: string): Promise<Result>;
  readonly tools: CDPSession;
  close(): Promise<void>;
}

/** Opens `path` of a site in a context of its own; what the page prints or throws goes to `report`. */
export async function openPage(
  browser: Browser,
  { origin }: Site,
  path: string,
  report: (line: string) => void = () => {},
): Promise<OpenPage> {
  const context = await browser.newContext();
  const page: Page = await context.newPage();
  page.on("console", (message) => report(message.text()));
  page.on("pageerror", (error) => report(error.message));
  await page.goto(`${origin}${path}`);
  return {
    evaluate: <Result>(expression: string) => page.evaluate<Result>(expression),
    tools: await context.newCDPSession(page),
    close: () => context.close(),
  };
}
