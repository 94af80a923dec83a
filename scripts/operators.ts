/** Writes OPERATORS.md from the descriptors; with --check, fails when the file is stale. */

import { readFileSync, writeFileSync } from "node:fs";
import { OPERATORS } from "../codegen/ops/index.ts";

const FILE = new URL("../OPERATORS.md", import.meta.url);

/** Builds that a variant's kernel file is for, by its name: portable kernels are for all. */
const TARGETS: readonly (readonly [suffix: string, targets: string])[] = [
  ["simd128", "web, node"],
  ["portable", "all"],
];

const rows = OPERATORS.flatMap(({ tflite, onnx = [], variants, limits, kind }) => {
  const kernels = variants
    .map(({ file, name }) => {
      const targets = TARGETS.find(([suffix]) => file.endsWith(suffix))?.[1] ?? "all";
      return `\`${name}\` (${targets})`;
    })
    .filter((text, index, all) => all.indexOf(text) === index)
    .join(", ");
  const spellings = [
    ...tflite.map(({ name }) => [name, ".tflite"]),
    ...onnx.flatMap(({ name, quantized = [] }) =>
      [name, ...quantized.map((entry) => entry.name)].map((n) => [n, ".onnx"]),
    ),
  ];
  return (spellings.length > 0 ? spellings : [["(made by a pass)", ""]]).map(
    ([name, format]) => `| ${name} | ${format} | \`${kind}\` | ${limits ?? ""} | ${kernels} |`,
  );
});

const text = `# Operators

Written by \`npm run operators\` from the descriptors in \`codegen/ops\`; don't edit. Every other operator is refused by
name.

ONNX's QuantizeLinear and DequantizeLinear are no operators here: they say how their tensors are quantized. Constant,
ConstantOfShape, Range, Shape, Size and Trilu are computed at import.

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
