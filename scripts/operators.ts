/** Writes OPERATORS.md from the descriptors; with --check, fails when the file is stale. */

import { readFileSync, writeFileSync } from "node:fs";
import { OPERATORS } from "../codegen/ops/index.ts";

const FILE = new URL("../OPERATORS.md", import.meta.url);

/** Builds that a variant's kernel file is for, by its name: portable kernels are for all. */
const TARGETS: readonly (readonly [suffix: string, targets: string])[] = [
  ["simd128", "web, node"],
  ["portable", "all"],
];

const rows = OPERATORS.flatMap(({ tflite, variants, limits, kind }) => {
  const kernels = variants
    .map(({ file, name }) => {
      const targets = TARGETS.find(([suffix]) => file.endsWith(suffix))?.[1] ?? "all";
      return `\`${name}\` (${targets})`;
    })
    .filter((text, index, all) => all.indexOf(text) === index)
    .join(", ");
  const spellings = tflite.length > 0 ? tflite : [{ name: "(made by a pass)" }];
  return spellings.map(
    ({ name }) =>
      `| ${name} | ${tflite.length > 0 ? ".tflite" : ""} | \`${kind}\` | ${limits ?? ""} | ${kernels} |`,
  );
});

const text = `# Operators

Written by \`npm run operators\` from the descriptors in \`codegen/ops\`; don't edit. Every other operator is refused by
name.

| operator | format | Mote's | types and limits | kernels (targets) |
|---|---|---|---|---|
${rows.sort().join("\n")}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(FILE, "utf8") !== text) {
    console.error("OPERATORS.md is stale: run npm run operators and commit it.");
    process.exit(1);
  }
} else {
  writeFileSync(FILE, text);
}
