/**
 * Prints how near the SIMD128 kernels come to what the machine allows, in this process, interleaved: the 1×1
 * convolutions against a register-only loop of dot products, a dense network against just reading its weights.
 * Usage: npm run bench:ceiling [MODEL.tflite …]; by default the MLPerf Tiny reference models of the conformance set.
 */

import { existsSync, readFileSync } from "node:fs";
import { elementCount } from "../codegen/graph/tensor.ts";
import { compileModel, type ReportLayer } from "../codegen/index.ts";
import { timeInterleaved } from "../host/timing.ts";
import { CEILING_MACS, CEILING_ROUNDS, ceilingModule } from "./ceiling_module.ts";

const CONFORMANCE = new URL("../../shared/conformance/", import.meta.url);
const DEFAULTS = ["kws_ref_model", "pretrainedResnet_quant", "vww_96_int8", "ad01_int8"];
const ROUNDS = 31;

type Run = () => void;

/** Median seconds of one call of each function, timed in turn. */
function medians(runs: readonly Run[]): number[] {
  return timeInterleaved(runs, { runs: ROUNDS }).map(({ median }) => median / 1e6);
}

const files = process.argv.slice(2).length
  ? process.argv.slice(2)
  : DEFAULTS.map((name) => new URL(`${name}/model.tflite`, CONFORMANCE).pathname).filter(existsSync);
const { dots, reads } = await ceilingModule();

console.log("| model | layers | GMAC/s | ceiling of the run | share |");
console.log("|---|---|---|---|---|");
for (const file of files) {
  const { wasm, report } = await compileModel(readFileSync(file), {
    file,
    target: "node",
    optimize: "speed",
    profile: true,
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const { invoke, invoke_layer: invokeLayer } = instance.exports as {
    invoke: Run;
    invoke_layer: (layer: number) => void;
  };
  const pointwise = report.layers.filter(isPointwise);
  const name = file.split("/").at(-2) ?? file;
  if (pointwise.length > 0) {
    const macs = pointwise.reduce((sum, layer) => sum + layer.macs, 0);
    const run = () => {
      for (const { index } of pointwise) invokeLayer(index);
    };
    const [ours = 1, ceiling = 1] = medians([run, () => dots(CEILING_ROUNDS)]);
    print(name, `${pointwise.length} 1×1`, macs / ours / 1e9, CEILING_MACS / ceiling / 1e9);
  } else {
    const bytes = Math.ceil(report.bytes.weights / 64) * 64;
    const [ours = 1, ceiling = 1] = medians([invoke, () => reads(bytes)]);
    print(name, "all (weights read, GB/s)", bytes / ours / 1e9, bytes / ceiling / 1e9);
  }
}

/** A 1×1 convolution on the SIMD kernel that is large enough to time. */
function isPointwise({ kind, kernel, macs, inputShapes, outputShapes }: ReportLayer): boolean {
  const channels = inputShapes[0]?.at(-1) ?? 0;
  const outputs = elementCount(outputShapes[0] ?? []);
  return kind === "conv_2d" && macs > 10_000 && kernel.endsWith("simd128") && macs === channels * outputs;
}

function print(model: string, layers: string, ours: number, ceiling: number): void {
  console.log(
    `| ${model} | ${layers} | ${ours.toFixed(1)} | ${ceiling.toFixed(1)} | ${((100 * ours) / ceiling).toFixed(0)} % |`,
  );
}
