/**
 * Prints how near the SIMD128 kernels come to what the machine allows, in this process, interleaved: the 1×1
 * convolutions against register-only loops, of dot products alone, and of these and the rounding of each output, which
 * fewer products pay for the fewer channels there are; a dense network against just reading its weights.
 * Usage: npm run bench:ceiling [MODEL.tflite …]; by default the MLPerf Tiny reference models of the conformance set.
 */

import { existsSync, readFileSync } from "node:fs";
import { elementCount } from "../codegen/graph/tensor.ts";
import { compileModel, type ReportLayer } from "../codegen/index.ts";
import { bestTimes } from "./best_times.ts";
import { CEILING_MACS, CEILING_OUTPUTS, CEILING_ROUNDS, ceilingModule } from "./ceiling_module.ts";

const CONFORMANCE = new URL("../../shared/conformance/", import.meta.url);
const DEFAULTS = ["kws_ref_model", "pretrainedResnet_quant", "vww_96_int8", "ad01_int8"];
const TURNS = 60;

type Run = () => void;

const files = process.argv.slice(2).length
  ? process.argv.slice(2)
  : DEFAULTS.map((name) => new URL(`${name}/model.tflite`, CONFORMANCE).pathname).filter(existsSync);
const { dots, roundings, reads } = await ceilingModule();

console.log("| model | layers | GMAC/s | dot products | share | with rounding | share |");
console.log("|---|---|---:|---:|---:|---:|---:|");
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
    const outputs = pointwise.reduce((sum, layer) => sum + outputsOf(layer), 0);
    const run = () => {
      for (const { index } of pointwise) invokeLayer(index);
    };
    const loops = [run, () => dots(CEILING_ROUNDS), () => roundings(CEILING_ROUNDS)];
    const [ours = 1, dotting = 1, rounding = 1] = bestTimes(loops, TURNS);
    const products = (macs / CEILING_MACS) * dotting;
    const both = products + (outputs / CEILING_OUTPUTS) * rounding;
    print(name, `${pointwise.length} 1×1`, macs / ours, [macs / products, macs / both]);
  } else {
    const bytes = Math.ceil(report.bytes.weights / 64) * 64;
    const [ours = 1, reading = 1] = bestTimes([invoke, () => reads(bytes)], TURNS);
    print(name, "all (weights read, GB/s)", bytes / ours, [bytes / reading]);
  }
}

function outputsOf({ outputShapes }: ReportLayer): number {
  return elementCount(outputShapes[0] ?? []);
}

/** A 1×1 convolution on the SIMD kernel that is large enough to time. */
function isPointwise(layer: ReportLayer): boolean {
  const { kind, kernel, macs, inputShapes } = layer;
  const channels = inputShapes[0]?.at(-1) ?? 0;
  const products = channels * outputsOf(layer);
  return kind === "conv_2d" && macs > 10_000 && kernel.endsWith("simd128") && macs === products;
}

/** Rates are so many a microsecond. */
function print(model: string, layers: string, ours: number, ceilings: readonly number[]): void {
  const cells = ceilings.flatMap((rate) => [
    (rate / 1000).toFixed(1),
    `${((100 * ours) / rate).toFixed(0)} %`,
  ]);
  console.log(`| ${[model, layers, (ours / 1000).toFixed(1), ...cells].join(" | ")} |`);
}
