/** The benchmark: `npm run bench -- --help`. */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Browser } from "playwright-core";
import { openBrowser } from "./browser/chromium.ts";
import { type Site, serve } from "./browser/serve.ts";
import { chart } from "./chart.ts";
import { interleave, type Outcome } from "./interleave.ts";
import { benchNetworks, MLPERF_TINY } from "./networks.ts";
import type { Job } from "./page/job.ts";
import { PEERS } from "./peers.ts";
import { chromiumPlace, nodePlace, startInChromium } from "./places.ts";
import { printOutcomes, printStarts } from "./print.ts";
import { type Measurement, resultsPage } from "./results.ts";
import { MOTE_BUILDS, makeSite } from "./site.ts";

const EVERYWHERE = "node,chromium";
const START_TURNS = 5;

const HELP = `Usage: npm run bench -- [options]

Times Mote's modules against other runtimes, in Node and in headless Chromium: one thread, the same inputs,
interleaved, in one process and one page. Without --only, --peers and --where it writes bench/RESULTS.md and its chart.

  --only NAMES      networks, as kws,vww
  --peers NAMES     peers: ${PEERS.map(({ name }) => name).join(", ")}; none for Mote alone
  --where PLACES    node, chromium (default both)
  --optimize LEVEL  of Mote's modules: speed (default), balanced, size
  --starts          also from nothing to the first output, in pages that have run nothing before
  --rounds N        samples of each (default 31)
`;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    only: { type: "string" },
    peers: { type: "string" },
    where: { type: "string", default: EVERYWHERE },
    optimize: { type: "string", default: "speed" },
    starts: { type: "boolean", default: false },
    rounds: { type: "string", default: "31" },
  },
});

/** Those of `all` that a comma list names; all without one. */
function chosen<Entry extends { readonly name: string }>(
  all: readonly Entry[],
  list: string | undefined,
): Entry[] {
  if (list === undefined) return [...all];
  const names = list.split(",").filter((name) => name !== "none");
  const unknown = names.find((name) => !all.some((entry) => entry.name === name));
  if (unknown !== undefined) {
    throw new Error(`bench: there is no "${unknown}". There are: ${all.map(({ name }) => name).join(", ")}.`);
  }
  return all.filter(({ name }) => names.includes(name));
}

async function main(): Promise<void> {
  const networks = chosen(benchNetworks(), options.only);
  const peers = chosen(PEERS, options.peers);
  const complete = !options.only && !options.peers && options.where === EVERYWHERE;
  const rounds = Number(options.rounds);
  const { content, served } = await makeSite(networks, peers, options.optimize);
  const site = await serve(content);
  const browser = options.where.includes("chromium") ? await openBrowser() : undefined;
  const contestants = [...MOTE_BUILDS.map(({ form }) => `mote-${form}`), ...peers.map(({ name }) => name)];
  const measurements: Measurement[] = [];
  try {
    for (const { network, files, built } of served) {
      const job: Job = { network: files, contestants };
      const places = new Map<string, readonly Outcome[]>();
      if (options.where.includes("node")) {
        places.set("Node", await interleave(await nodePlace(site, content.folders, job), rounds));
      }
      if (browser) {
        const place = await chromiumPlace(browser, site, job);
        places.set("Chromium", await interleave(place, rounds));
        await place.close();
      }
      for (const [place, outcomes] of places) printOutcomes(place, network.name, outcomes);
      const starts = new Map<string, readonly number[]>();
      if (browser && (options.starts || complete) && MLPERF_TINY.includes(network.name)) {
        for (const contestant of contestants)
          starts.set(contestant, await startsOf(browser, site, job, contestant));
        printStarts(network.name, starts);
      }
      const bytes = new Map([...built].map(([form, { wasm }]) => [`mote-${form}`, wasm.length]));
      measurements.push({ name: network.name, title: network.title, bytes, places, starts });
    }
    if (browser && complete) {
      const date = new Date().toISOString().slice(0, 10);
      const version = `Chromium ${browser.version()}`;
      const run = { measurements, peers, browser: version, optimize: options.optimize, rounds, date };
      writeFileSync(new URL("RESULTS.md", import.meta.url), resultsPage(run));
      writeFileSync(new URL("results.svg", import.meta.url), chart(run));
    }
  } finally {
    await browser?.close();
    await site.close();
  }
}

async function startsOf(browser: Browser, site: Site, job: Job, contestant: string): Promise<number[]> {
  const starts: number[] = [];
  for (let turn = 0; turn < START_TURNS; turn++) {
    const start = await startInChromium(browser, site, job, contestant);
    if (start === undefined) break;
    starts.push(start);
  }
  return starts;
}

if (options.help) console.log(HELP);
else await main();
