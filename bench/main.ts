/** The benchmark: `npm run bench -- --help`. */

import { parseArgs } from "node:util";
import { openBrowser } from "./browser/chromium.ts";
import { serve } from "./browser/serve.ts";
import { interleave } from "./interleave.ts";
import { benchNetworks } from "./networks.ts";
import type { Job } from "./page/job.ts";
import { PEERS } from "./peers.ts";
import { chromiumPlace, nodePlace } from "./places.ts";
import { printMeasurement } from "./print.ts";
import { MOTE_BUILDS, makeSite } from "./site.ts";

const HELP = `Usage: npm run bench -- [options]

Times Mote's modules against other runtimes, in Node and in headless Chromium: one thread, the same inputs,
interleaved, in one process and one page.

  --only NAMES      networks, as kws,vww
  --peers NAMES     peers: ${PEERS.map(({ name }) => name).join(", ")}; none for Mote alone
  --where PLACES    node, chromium (default both)
  --optimize LEVEL  of Mote's modules: speed (default), balanced, size
  --rounds N        samples of each (default 41)
`;

const { values: options } = parseArgs({
  options: {
    help: { type: "boolean", default: false },
    only: { type: "string" },
    peers: { type: "string" },
    where: { type: "string", default: "node,chromium" },
    optimize: { type: "string", default: "speed" },
    rounds: { type: "string", default: "41" },
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
  const rounds = Number(options.rounds);
  const { content, served } = await makeSite(networks, peers, options.optimize);
  const site = await serve(content);
  const browser = options.where.includes("chromium") ? await openBrowser() : undefined;
  const contestants = [...MOTE_BUILDS.map(({ form }) => `mote-${form}`), ...peers.map(({ name }) => name)];
  try {
    for (const { files: network } of served) {
      const job: Job = { network, contestants };
      if (options.where.includes("node")) {
        printMeasurement(
          "Node",
          network.name,
          await interleave(await nodePlace(site, content.folders, job), rounds),
        );
      }
      if (browser) {
        const place = await chromiumPlace(browser, site, job);
        printMeasurement("Chromium", network.name, await interleave(place, rounds));
        await place.close();
      }
    }
  } finally {
    await browser?.close();
    await site.close();
  }
}

if (options.help) console.log(HELP);
else await main();
