/**
 * Runs docs/bring-your-model.md: each Python block with the exporters from PyPI, each model through Mote, and the outputs
 * of both on samples of the digits. Usage: npm run test:exporters [-- --python PATH], PATH one that has the exporters
 * already; without it, a virtual environment with all of them is made under .cache/exporters (2 GB).
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel } from "../codegen/index.ts";

const PAGE = new URL("../docs/bring-your-model.md", import.meta.url);
const CACHE = fileURLToPath(new URL("../.cache/exporters", import.meta.url));
const PACKAGES = [
  "tensorflow-cpu",
  "torch",
  "onnx",
  "onnxruntime",
  "onnxscript",
  "scikit-learn",
  "skl2onnx",
] as const;
const SAMPLES = 50;

/** Runs a model of the page by its own runtime: raw inputs and outputs, and the step of one output value. */
const RUNTIME = `
import sys, json, numpy as np
from sklearn.datasets import load_digits
path = sys.argv[1]
x = (load_digits().data[:${SAMPLES}] / 16).astype(np.float32)
if path.endswith(".tflite"):
    import tensorflow as tf
    it = tf.lite.Interpreter(path, experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    it.allocate_tensors()
    i, o = it.get_input_details()[0], it.get_output_details()[0]
    scale, zero = i["quantization"]
    x = np.clip(np.round(x / scale) + zero, -128, 127).astype(np.int8)
    def run(s):
        it.set_tensor(i["index"], s.reshape(i["shape"])); it.invoke(); return it.get_tensor(o["index"])
    step = 1
else:
    import onnx, onnxruntime as ort
    options = ort.SessionOptions(); options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(path, options); i = session.get_inputs()[0]
    shape = [1] + [d for d in i.shape[1:]]
    run = lambda s: session.run(None, {i.name: s.reshape(shape)})[0]
    model = onnx.load(path); last = model.graph.output[0].name
    node = next(n for n in model.graph.node if last in n.output)
    values = {t.name: onnx.numpy_helper.to_array(t) for t in model.graph.initializer}
    step = float(values[node.input[1]]) if node.op_type == "DequantizeLinear" else 0.02
x.tofile("input.bin"); np.stack([run(s) for s in x]).tofile("output.bin")
print(json.dumps({"step": step, "float": not path.endswith(".tflite")}))
`;

function python(): string {
  const given = process.argv.indexOf("--python");
  const path = process.argv[given + 1];
  if (given > 0 && path) return path;
  const own = join(CACHE, "bin", "python");
  if (!existsSync(own)) {
    mkdirSync(CACHE, { recursive: true });
    run("python3", ["-m", "venv", CACHE], ".");
    run(own, ["-m", "pip", "install", "-q", ...PACKAGES], ".");
  }
  return own;
}

function run(command: string, args: readonly string[], folder: string): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ").slice(0, 80)}: ${stderr.slice(-2000)}`);
  return stdout;
}

/** Largest and mean difference, in steps of the output, and how often both give the largest output the same place. */
async function compare(model: string, folder: string, command: string): Promise<string> {
  const { step, float } = JSON.parse(
    run(command, ["-c", RUNTIME, model], folder).trim().split("\n").at(-1) ?? "",
  );
  const { wasm } = await compileModel(readFileSync(join(folder, model)), { file: model });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  const addressOf = (name: string) => Number((exports[name] as WebAssembly.Global).value);
  const [input, output] = ["input.bin", "output.bin"].map(
    (name) => new Uint8Array(readFileSync(join(folder, name))),
  );
  if (!input || !output) throw new Error("no samples");
  const [inputBytes, outputBytes] = [input.length / SAMPLES, output.length / SAMPLES];
  const values = (bytes: Uint8Array) =>
    Array.from(
      float ? new Float32Array(new Uint8Array(bytes).buffer) : new Int8Array(new Uint8Array(bytes).buffer),
    );
  let largest = 0;
  let agreed = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    memory.set(input.subarray(sample * inputBytes, (sample + 1) * inputBytes), addressOf("input_0"));
    (exports.invoke as () => void)();
    const at = addressOf("output_0");
    const found = values(memory.slice(at, at + outputBytes));
    const wanted = values(output.subarray(sample * outputBytes, (sample + 1) * outputBytes));
    largest = wanted.reduce(
      (most, value, k) => Math.max(most, Math.abs(value - (found[k] ?? Infinity)) / step),
      largest,
    );
    if (found.indexOf(Math.max(...found)) === wanted.indexOf(Math.max(...wanted))) agreed++;
  }
  if (largest > 1.001) throw new Error(`${model}: outputs differ by ${largest.toFixed(2)} steps`);
  return `${model}: ${wasm.length} bytes, at most ${largest.toFixed(2)} steps from its runtime, same class for ${agreed} of ${SAMPLES}`;
}

const command = python();
const blocks = readFileSync(PAGE, "utf8").matchAll(
  /```python\n# (\w+)\.py\n([\s\S]*?)```\s*```sh\nmote build (\S+)\n/g,
);
let failed = 0;
for (const [, name = "", source = "", model = ""] of blocks) {
  const folder = mkdtempSync(join(tmpdir(), "mote-exporter-"));
  try {
    writeFileSync(join(folder, `${name}_example.py`), source);
    run(command, [`${name}_example.py`], folder);
    console.log(await compare(model, folder, command));
  } catch (error) {
    failed++;
    console.error(`${name}: ${error instanceof Error ? error.message : error}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
process.exitCode = failed === 0 ? 0 : 1;
