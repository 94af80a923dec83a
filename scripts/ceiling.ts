/**
 * Prints how near the SIMD128 kernels come to what the machine allows, in this process, interleaved: the 1×1
 * convolutions against a register-only loop of dot products, a dense network against just reading its weights.
 * Usage: npm run bench:ceiling [MODEL.tflite …]; by default the MLPerf Tiny reference models of the conformance set.
 */

import { existsSync, readFileSync } from "node:fs";
import { main as asc } from "assemblyscript/asc";
import { compileModel } from "../codegen/index.ts";

const CONFORMANCE = new URL("../../shared/conformance/", import.meta.url);
const DEFAULTS = ["kws_ref_model", "pretrainedResnet_quant", "vww_96_int8", "ad01_int8"];
const ROUNDS = 31;

type Run = () => void;

/** Median seconds of each function, all of them called in turn `ROUNDS` times. */
function interleave(runs: readonly Run[]): number[] {
  const samples = runs.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    runs.forEach((run, index) => {
      const start = process.hrtime.bigint();
      run();
      samples[index]?.push(Number(process.hrtime.bigint() - start) / 1e9);
    });
  }
  return samples.map((times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0);
}

async function ceilingModule(): Promise<Record<string, (argument: number) => number>> {
  const text = readFileSync(new URL("../assembly/bench/ceiling.ts", import.meta.url), "utf8");
  let wasm: Uint8Array | undefined;
  const flags = [
    "ceiling.ts",
    "-o",
    "ceiling.wasm",
    "-O3",
    "--enable",
    "simd",
    "--runtime",
    "stub",
    "--initialMemory",
    "16",
  ];
  await asc(flags, {
    readFile: (name) => (name === "ceiling.ts" ? text : null),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm ?? [])));
  return instance.exports as Record<string, (argument: number) => number>;
}

const files = process.argv.slice(2).length
  ? process.argv.slice(2)
  : DEFAULTS.map((name) => new URL(`${name}/model.tflite`, CONFORMANCE).pathname).filter(existsSync);
const { dot_ceiling: dots, read_bytes: reads } = await ceilingModule();
if (!dots || !reads) throw new Error("the ceiling module exports its two loops");

const CEILING_ROUNDS = 5000;
const CEILING_MACS = CEILING_ROUNDS * 384;
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
  const pointwise = report.layers.filter(({ kind, macs, kernel, name }) => {
    return kind === "conv_2d" && macs > 10_000 && kernel.endsWith("simd128") && isPointwise(name, report);
  });
  const name = file.split("/").at(-2) ?? file;
  for (let warm = 0; warm < 200; warm++) invoke();
  for (let warm = 0; warm < 50; warm++) dots(CEILING_ROUNDS);
  if (pointwise.length > 0) {
    const macs = pointwise.reduce((sum, layer) => sum + layer.macs, 0);
    const repeats = Math.max(1, Math.round(20_000_000 / macs));
    const run = () => {
      for (let n = 0; n < repeats; n++) for (const { index } of pointwise) invokeLayer(index);
    };
    for (let warm = 0; warm < 20; warm++) run();
    const [ours = 1, ceiling = 1] = interleave([run, () => dots(CEILING_ROUNDS)]);
    print(name, `${pointwise.length} 1×1`, (macs * repeats) / ours / 1e9, CEILING_MACS / ceiling / 1e9);
  } else {
    const bytes = Math.ceil(report.bytes.weights / 64) * 64;
    for (let warm = 0; warm < 200; warm++) reads(bytes);
    const repeat = (run: Run) => () => {
      for (let n = 0; n < 50; n++) run();
    };
    const [ours = 1, ceiling = 1] = interleave([repeat(invoke), repeat(() => reads(bytes))]);
    print(name, "all (weights read, GB/s)", (bytes * 50) / ours / 1e9, (bytes * 50) / ceiling / 1e9);
  }
}

function isPointwise(
  name: string,
  {
    layers,
  }: {
    layers: readonly {
      name: string;
      inputShapes: readonly (readonly number[])[];
      outputShapes: readonly (readonly number[])[];
      macs: number;
    }[];
  },
): boolean {
  const layer = layers.find((candidate) => candidate.name === name);
  const channels = layer?.inputShapes[0]?.at(-1) ?? 0;
  const outputs = layer?.outputShapes[0]?.reduce((product, size) => product * size, 1) ?? 0;
  return layer?.macs === channels * outputs;
}

function print(model: string, layers: string, ours: number, ceiling: number): void {
  console.log(
    `| ${model} | ${layers} | ${ours.toFixed(1)} | ${ceiling.toFixed(1)} | ${((100 * ours) / ceiling).toFixed(0)} % |`,
  );
}
