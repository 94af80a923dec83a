/** Runs a page in headless Chromium, where there is one, and gives what it reports. */

import { strict as assert } from "node:assert";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};
const SECONDS = 90;

/** The command that starts Chromium; undefined where it is not installed. */
export function chromiumCommand(): string | undefined {
  return NAMES.find((name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0);
}

/**
 * Serves `files` by path from a server of its own and opens `/index.html`, which imports `/task.js` and reports what its `run()`
 * resolves to. Gives that, and the paths that were asked for, in order.
 */
export async function runInChromium<T>(
  command: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ readonly result: T; readonly requests: readonly string[] }> {
  const index = `<!doctype html><meta charset="utf-8"><script type="module">
    const report = (text) => fetch("/report", { method: "POST", body: text });
    import("/task.js").then((task) => task.run()).then(
      (result) => report(JSON.stringify({ result })),
      (error) => report(JSON.stringify({ error: String(error && error.stack) })),
    );</script>`;
  const requests: string[] = [];
  const profile = mkdtempSync(join(tmpdir(), "mote-chromium-"));
  let browser: ChildProcess | undefined;
  let report: (text: string) => void = () => {};
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").slice(1);
    requests.push(path);
    if (path === "report") {
      let text = "";
      request.on("data", (piece) => {
        text += piece;
      });
      request.on("end", () => {
        response.end();
        report(text);
      });
      return;
    }
    const content = path === "index.html" ? index : files[path];
    response.writeHead(content === undefined ? 404 : 200, {
      "content-type": TYPES[extname(path)] ?? "application/octet-stream",
      // A page that is isolated has a clock of 5 µs instead of 100.
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-embedder-policy": "require-corp",
    });
    response.end(content);
  });
  try {
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    const text = await new Promise<string>((resolve, reject) => {
      report = resolve;
      const timer = setTimeout(() => reject(new Error(`no report in ${SECONDS} seconds`)), SECONDS * 1000);
      timer.unref();
      const options = ["--headless", "--no-sandbox", "--disable-gpu", `--user-data-dir=${profile}`];
      // Detached, so that all its processes can be ended together.
      browser = spawn(command, [...options, `http://127.0.0.1:${address.port}/index.html`], {
        stdio: "ignore",
        detached: true,
      });
      browser.on("error", reject);
    });
    const { result, error }: { result: T; error?: string } = JSON.parse(text);
    assert.equal(error, undefined);
    return { result, requests: requests.filter((path) => path !== "report") };
  } finally {
    if (browser?.pid !== undefined) process.kill(-browser.pid, "SIGKILL");
    server.closeAllConnections();
    server.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
