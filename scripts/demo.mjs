/** The main job on a model of the repo: build the digit classifier, run it on real samples, leave the report. */

import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";

const samples = readdirSync("models/digits/samples")
  .filter((file) => file.endsWith(".png"))
  .map((file) => `models/digits/samples/${file}`);
const commands = [
  ["build", "models/digits/digits.tflite", "-o", "demo"],
  ["verify", "demo/digits.wasm", "models/digits"],
  ["run", "demo/digits.wasm", ...samples, "--labels", "models/digits/labels.txt"],
];

for (const words of commands) {
  console.log(`\n$ mote ${words.join(" ")}`);
  const { status } = spawnSync(process.execPath, ["dist/codegen/cli.js", ...words], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
console.log(
  "\nThe report is in demo/digits.report.html; the module and its JavaScript, types and C header lie beside it.",
);
