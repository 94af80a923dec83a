/**
 * Loads the modules of packages as they are. tsx scans every file that it loads for syntax to rewrite, which takes
 * seconds for binaryen's 13 MB, in each process of the tests.
 */

import { readFile } from "node:fs/promises";

export async function load(url, context, nextLoad) {
  if (context.format !== "module" || !url.includes("/node_modules/")) return nextLoad(url, context);
  return { format: "module", source: await readFile(new URL(url)), shortCircuit: true };
}
