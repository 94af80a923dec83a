/** Builds with relaxed SIMD on real engines: Chromium, and this Node behind its flag. What they have is probed, not mocked. */

import { strict as assert } from "node:assert";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { compileModel } from "../../codegen/compile.ts";
import type { CompileResult } from "../../codegen/compile_result.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { tensorAt } from "../../codegen/graph/graph.ts";
import { bytesOf } from "../../codegen/graph/tensor.ts";
import { DOT_PROBE } from "../../codegen/package/dot_probe.ts";
import { moduleNames, packageFiles } from "../../codegen/package/package_files.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { dotBitsOf } from "../../codegen/plan/plan.ts";
import { SIMD_LEVELS } from "../../codegen/plan/target.ts";
import { type FileOperatorCase, graphOf } from "../ops/file_operator.ts";
import { extremeValues, randomOf } from "../ops/random_values.ts";
import { chromiumCommand, runInChromium } from "./chromium.ts";
import { layersOf } from "./layers.ts";
import { RELAXED } from "./rewrite.ts";

/** What an engine reports. */
interface Found {
  /** The probe's verdict. */
  readonly bits: 0 | 7 | 8;
  /** The build that the package's JavaScript chose, and how many of its outputs differ from the goldens. */
  readonly simd: string;
  readonly wrong: number;
  /** Outputs that differ from the reference of layers with weights of seven bits and with any: −1 where they weren't run. */
  readonly wrong7: number;
  readonly wrong8: number;
}

type Files = Record<string, string | Uint8Array>;

const MODEL = new URL("../../models/digits/", import.meta.url);

/** A module of these layers, and what its outputs are to be. */
async function layersModule(cases: readonly FileOperatorCase[], file: string, files: Files): Promise<string> {
  const graph = graphOf(cases);
  const random = randomOf(7);
  const inputs = graph.inputs.map((id) => extremeValues(tensorAt(graph, id), random));
  const outputs = evaluateGraph(graph, inputs);
  const plan = makePlan(graph, { target: RELAXED, inline: "all" });
  assert.equal(dotBitsOf(plan), file.includes("7") ? 7 : 8);
  files[file] = (await buildPlan(plan, { size: false, profile: false })).wasm;
  const values = (tensors: typeof inputs) => tensors.map((tensor) => [...bytesOf(tensor)]);
  return JSON.stringify({ file, inputs: values(inputs), outputs: values(outputs) });
}

/** Everything that an engine needs; `run()` of task.js gives `Found`, `bytes(path)` of platform.js the content of a file. */
async function makeFiles(): Promise<Files> {
  const bytes = readFileSync(new URL("digits.tflite", MODEL));
  const results: CompileResult[] = [];
  for (const simd of SIMD_LEVELS) {
    results.push(await compileModel(bytes, { name: "digits", target: "web", simd, optimize: "size" }));
  }
  const files: Files = { ...packageFiles(results) };
  const [input] = results[0]?.manifest.inputs ?? [];
  const [output] = results[0]?.manifest.outputs ?? [];
  assert.ok(input && output);
  const samples = (file: string) => [...readFileSync(new URL(file, MODEL))];
  const { wide, narrow } = layersOf(31, 8);
  const seven = await layersModule(narrow, "layers7.wasm", files);
  const eight = await layersModule(wide, "layers8.wasm", files);
  const task = `
    import { choose, load } from "./digits.js";
    import { bytes } from "./platform.js";
    ${probeText()}
    const differ = (a, b) => b.reduce((sum, value, i) => sum + (a[i] === value ? 0 : 1), 0);
    const wrongOf = async (layers) => {
      const { instance } = await WebAssembly.instantiate(await bytes(layers.file));
      const { memory, invoke, ...other } = instance.exports;
      const view = new Uint8Array(memory.buffer);
      layers.inputs.forEach((values, i) => view.set(values, other["input_" + i].value));
      invoke();
      const at = (i) => view.subarray(other["output_" + i].value);
      return layers.outputs.reduce((sum, values, i) => sum + differ(at(i), values), 0);
    };
    export async function run() {
      const bits = probe();
      const model = await load();
      const inputs = ${JSON.stringify(samples("input0.bin"))};
      const outputs = ${JSON.stringify(samples("output0.bin"))};
      let wrong = 0;
      for (let at = 0, out = 0; at < inputs.length; at += ${input.bytes}, out += ${output.bytes}) {
        const values = Int8Array.from(inputs.slice(at, at + ${input.bytes}));
        const found = model.run({ ${JSON.stringify(input.name)}: values })[${JSON.stringify(output.name)}];
        wrong += differ(found, [...Int8Array.from(outputs.slice(out, out + ${output.bytes}))]);
      }
      const wrong7 = bits >= 7 ? await wrongOf(${seven}) : -1;
      const wrong8 = bits >= 8 ? await wrongOf(${eight}) : -1;
      return { bits, simd: choose().manifest.simd, wrong, wrong7, wrong8 };
    }`;
  assert.deepEqual(moduleNames(results), ["digits.relaxed.wasm", "digits.simd.wasm", "digits.wasm"]);
  return { ...files, "task.js": task };
}

/** A probe of the test's own, with all pairs of bytes: far more than the loader asks. */
function probeText(): string {
  return `
    const probe = () => {
      const code = Uint8Array.from(${JSON.stringify(DOT_PROBE)});
      if (!WebAssembly.validate(code)) return 0;
      const { dot } = new WebAssembly.Instance(new WebAssembly.Module(code)).exports;
      const all = (least, most, product) => {
        for (let a = -128; a < 128; a++)
          for (let b = least; b <= most; b++) if (dot(a, b, 3) !== 4 * product(a, b) + 3) return false;
        return true;
      };
      if (!all(0, 127, (a, b) => a * b)) return 0;
      // Two neighbours of −128 by −128 are never multiplied.
      const signed = all(-128, 127, (a, b) => (a === -128 && b === -128 ? dot(a, b, 0) / 4 : a * b));
      return signed || all(-128, 127, (a, b) => a * (b & 255)) ? 8 : 7;
    };`;
}

function check({ bits, simd, wrong, wrong7, wrong8 }: Found): void {
  assert.equal(wrong, 0);
  // The digits' weights have eight bits.
  assert.equal(simd, bits === 8 ? "relaxed" : "128");
  assert.equal(wrong7, bits >= 7 ? 0 : -1);
  assert.equal(wrong8, bits === 8 ? 0 : -1);
}

describe("relaxed SIMD: engines", function () {
  this.timeout(240_000);
  let files: Files;
  let folder: string;
  before(async () => {
    files = await makeFiles();
    folder = mkdtempSync(join(tmpdir(), "mote-engines-"));
    const platform = `import { readFile } from "node:fs/promises";
      export const bytes = (path) => readFile(new URL(path, import.meta.url));`;
    const all = { ...files, "package.json": '{"type":"module"}', "platform.js": platform };
    for (const [path, content] of Object.entries(all)) writeFileSync(join(folder, path), content);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What this Node reports with options of V8's. */
  async function inNode(...options: string[]): Promise<Found> {
    const url = pathToFileURL(join(folder, "task.js")).href;
    const program = `import(${JSON.stringify(url)}).then((t) => t.run()).then((r) => console.log(JSON.stringify(r)))`;
    const { stdout } = await promisify(execFile)(process.execPath, [...options, "-e", program]);
    return JSON.parse(stdout);
  }

  it("Node as it is loads the build that it runs exactly", async () => {
    check(await inNode());
  });

  it("Node 20 behind its flag adds products twice, which the probe refuses", async function () {
    if (!process.version.startsWith("v20.")) this.skip();
    const found = await inNode("--experimental-wasm-relaxed-simd");
    check(found);
    if (process.arch === "x64") assert.equal(found.bits, 0);
  });

  it("Node 20 behind its flag, by its optimizing compiler alone, is exact", async function () {
    if (!process.version.startsWith("v20.")) this.skip();
    const found = await inNode("--experimental-wasm-relaxed-simd", "--no-liftoff");
    check(found);
    assert.ok(found.bits >= 7);
  });

  it("Chromium loads the build that it runs exactly, and no other", async function () {
    const chromium = chromiumCommand();
    if (chromium === undefined) this.skip();
    const platform = "export const bytes = (path) => fetch(path).then((r) => r.arrayBuffer());";
    const { result, requests } = await runInChromium<Found>(chromium, { ...files, "platform.js": platform });
    check(result);
    assert.ok(result.bits >= 7, "Chromium has relaxed SIMD");
    const modules = requests.filter((path) => path.startsWith("digits") && path.endsWith(".wasm"));
    assert.deepEqual(modules, [result.bits === 8 ? "digits.relaxed.wasm" : "digits.simd.wasm"]);
  });
});
