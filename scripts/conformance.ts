/**
 * Runs the whole conformance set on every build and prints how many cases give their goldens, how long that took, and the
 * arena of each against the bound that no layout can beat. --write puts the table into docs/conformance.md.
 * Usage: npm run conformance [-- --write]. Needs the set beside the checkout.
 */

import { writeFileSync } from "node:fs";
import { BUILDS, type CaseResult } from "../tests/conformance/check_case.ts";
import { type ConformanceCase, conformanceCases } from "../tests/conformance/conformance.ts";
import { Pool } from "../tests/parallel/pool.ts";

const PAGE = new URL("../docs/conformance.md", import.meta.url);

const cases = conformanceCases();
if (cases.length === 0) {
  console.error("conformance: the set is not beside this checkout; nothing to run.");
  process.exit(1);
}

const start = process.hrtime.bigint();
const pool = new Pool<ConformanceCase, CaseResult>(
  new URL("../tests/conformance/check_case.ts", import.meta.url),
);
const results = await Promise.all(
  cases.map(async (entry) => {
    const failed = (error: unknown): CaseResult => ({
      differences: [`${error}`.split("\n")[0] ?? ""],
      figures: [],
    });
    return { entry, result: await pool.run(entry).catch(failed) };
  }),
);
pool.close();
const seconds = Number(process.hrtime.bigint() - start) / 1e9;

const good = results.filter(({ result }) => result.differences.length === 0);
const above = results.filter(({ result }) => result.figures.some(({ arena, bound }) => arena > bound));
const number = (value: number | undefined) => value?.toLocaleString("en-US") ?? "";
const header = [...BUILDS.map(({ target, optimize }) => `${target} ${optimize}`), "node relaxed speed"];
const table = [
  `| case | ${header.map((name) => `${name}: wasm | arena | bound`).join(" | ")} |`,
  `|---|${header.map(() => "---:|---:|---:|").join("")}`,
  ...results.map(({ entry, result }) => {
    const cells = header.map((_, index) => {
      const { wasm, arena, bound } = result.figures[index] ?? {};
      return [wasm, arena, bound].map(number).join(" | ");
    });
    return `| ${entry.name} | ${cells.join(" | ")} |`;
  }),
].join("\n");
const summary = [
  `${good.length} of ${cases.length} cases give their goldens on ${header.join(", ")}.`,
  `Relaxed SIMD is run as each machine of docs/builds.md computes it, of networks that have its dot products: ${results.filter(({ result }) => result.figures.length === header.length).length} of them.`,
  `The arena is at its bound in all but ${above.length} cases${above.length > 0 ? `: ${above.map(({ entry }) => entry.name).join(", ")}` : ""}.`,
];

for (const { entry, result } of results) {
  for (const difference of result.differences) console.log(`${entry.name}: ${difference}`);
}
console.log(summary.join("\n"));
console.log(`${seconds.toFixed(0)} seconds`);
if (process.argv.includes("--write")) {
  const text = `# Conformance\n\nWritten by \`npm run conformance -- --write\`; don't edit. Bytes of whole modules with their manifest, and of RAM.\n\n${summary.join(" ")}\n\n${table}\n`;
  writeFileSync(PAGE, text);
}
process.exitCode = good.length === cases.length ? 0 : 1;
