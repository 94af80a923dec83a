/**
 * Prints where the time of the conformance set's networks goes in this process: by kernel over each network, and with
 * --layers by layer. Builds are for node, --optimize speed, with their profile.
 * Usage: npm run profile:networks [-- [--layers] [--all] [NAME …]]. --all takes the cases of single operators too;
 * NAME is a regular expression that a case's whole name matches.
 */

import { setFlagsFromString } from "node:v8";
import { compileModel, type ReportLayer } from "../codegen/index.ts";
import { timeInterleaved } from "../host/timing.ts";
import { type ConformanceCase, conformanceCases, conformanceFile } from "../tests/conformance/conformance.ts";

// Each layer in its optimised form from the first call on, as it is after a while.
setFlagsFromString("--no-liftoff");
setFlagsFromString("--no-wasm-tier-up");

const RUNS = 9;
const WARM_UP = 20;

interface TimedLayer {
  readonly layer: ReportLayer;
  readonly microseconds: number;
}

/** Median microseconds of each layer of a case, and of a whole inference. */
async function profile({ model }: ConformanceCase): Promise<{ layers: TimedLayer[]; total: number }> {
  const { wasm, report } = await compileModel(conformanceFile(model), {
    file: model,
    target: "node",
    optimize: "speed",
    profile: true,
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const { invoke, invoke_layer: invokeLayer } = instance.exports as {
    invoke: () => void;
    invoke_layer: (layer: number) => void;
  };
  const runs = [
    invoke,
    ...report.layers.map(
      ({ index }) =>
        () =>
          invokeLayer(index),
    ),
  ];
  const [total, ...times] = timeInterleaved(runs, { runs: RUNS, warmUp: WARM_UP });
  return {
    total: total?.median ?? 0,
    layers: report.layers.map((layer, at) => ({ layer, microseconds: times[at]?.median ?? 0 })),
  };
}

/** Sums of `value` by what `key` says, largest first. */
function sums<T>(
  items: readonly T[],
  key: (item: T) => string,
  value: (item: T) => number,
): [string, number][] {
  const found = new Map<string, number>();
  for (const item of items) found.set(key(item), (found.get(key(item)) ?? 0) + value(item));
  return [...found].sort(([, a], [, b]) => b - a);
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));
const byLayer = process.argv.includes("--layers");
const cases = conformanceCases().filter(({ name, group }) =>
  names.length > 0
    ? names.some((pattern) => new RegExp(`^(?:${pattern})$`).test(name))
    : process.argv.includes("--all") || (group !== "op" && group !== "real_taps"),
);
if (cases.length === 0) {
  console.error("profile:networks: the conformance set is not beside this checkout, or has no such case.");
  process.exit(1);
}

console.log(`| network | µs | ${byLayer ? "layer | shapes | " : ""}kernel | µs | share |`);
console.log(`|---|---:|${byLayer ? "---:|---|" : ""}---|---:|---:|`);
for (const entry of cases) {
  const { layers, total } = await profile(entry);
  const whole = layers.reduce((sum, { microseconds }) => sum + microseconds, 0);
  const time = (microseconds: number) =>
    `${microseconds.toFixed(2)} | ${((100 * microseconds) / whole).toFixed(0)} %`;
  const start = `| ${entry.name} | ${total.toFixed(2)} | `;
  if (byLayer) {
    for (const { layer, microseconds } of layers) {
      const shapes = [...layer.inputShapes, ...layer.outputShapes].map((shape) => shape.join("×")).join(" ");
      console.log(`${start}${layer.index} | ${shapes} | ${layer.kernel} | ${time(microseconds)} |`);
    }
  } else {
    const kernels = sums(
      layers,
      ({ layer }) => layer.kernel,
      ({ microseconds }) => microseconds,
    );
    for (const [kernel, microseconds] of kernels) console.log(`${start}${kernel} | ${time(microseconds)} |`);
  }
}
