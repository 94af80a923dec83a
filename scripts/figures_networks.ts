/**
 * Prints the figures of recurrent, streaming and 4-bit networks: bytes of modules (portable, `--optimize size --strip`),
 * code of an unrolled layer by its steps, and weights of int4 networks against the same networks in int8.
 * Usage: npm run figures:networks. Needs the conformance set beside the checkout.
 */

import { buildPlan } from "../codegen/build/build_plan.ts";
import type { Graph } from "../codegen/graph/graph.ts";
import { bytesOf, valuesOf } from "../codegen/graph/tensor.ts";
import { importModel } from "../codegen/import/index.ts";
import { compileModel } from "../codegen/index.ts";
import { runPasses } from "../codegen/passes/index.ts";
import { makePlan } from "../codegen/plan/make_plan.ts";
import { TARGETS } from "../codegen/plan/target.ts";
import { conformanceCase, conformanceFile } from "../tests/conformance/conformance.ts";
import { unrolled } from "../tests/unrolled_network.ts";

const CODE_SECTION = 10;
const number = (value: number) => value.toLocaleString("en-US");

function fileOf(name: string): Uint8Array {
  const entry = conformanceCase(name);
  if (!entry) {
    console.error("figures: the conformance set is not beside this checkout; nothing to measure.");
    process.exit(1);
  }
  return conformanceFile(entry.model);
}

async function moduleBytes(name: string): Promise<number> {
  const { wasm } = await compileModel(fileOf(name), {
    file: `${name}.tflite`,
    optimize: "size",
    strip: true,
  });
  return wasm.length;
}

/** Bytes of code of a graph at `size`. */
async function codeBytes(graph: Graph): Promise<number> {
  const plan = makePlan(graph, { target: TARGETS.portable, inline: new Set() });
  const { sections } = await buildPlan(plan, { size: true, profile: false });
  return sections.get(CODE_SECTION) ?? 0;
}

/** Bytes that a module of the graph holds of filters, and of filters, biases and factors together. */
function weightBytes(graph: Graph): { filters: number; all: number } {
  const { memory } = makePlan(runPasses(graph).graph, { target: TARGETS.portable, inline: new Set() });
  const sum = (blocks: typeof memory.constants) =>
    blocks.reduce((total, { bytes }) => total + bytes.length, 0);
  const weights = memory.constants.filter(({ role }) => role === "weights");
  return { filters: sum(weights.filter(({ name }) => name.endsWith(" weights"))), all: sum(weights) };
}

/** The same network with every int4 filter as int8. */
function withInt8Filters(graph: Graph): Graph {
  const tensors = graph.tensors.map((tensor) => {
    if (tensor.dtype !== "int4" || !tensor.data) return tensor;
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    const values = valuesOf("int4", tensor.data) as Int8Array;
    return { ...tensor, dtype: "int8" as const, data: bytesOf(values.slice(0, count)) };
  });
  return { ...graph, tensors };
}

console.log("| figure | at most | found |\n|---|---:|---:|");
const row = (name: string, limit: string, found: string) => console.log(`| ${name} | ${limit} | ${found} |`);
row("trained_lstm_int8, wasm bytes", "16,384", number(await moduleBytes("trained_lstm_int8")));
const jarvis = 26_442 + 12 * 1024;
row("hey_jarvis, wasm bytes (weights + 12 KB)", number(jarvis), number(await moduleBytes("hey_jarvis")));
row("okay_nabu, wasm bytes", "", number(await moduleBytes("okay_nabu")));
const [ten, fifty] = [await codeBytes(unrolled(10)), await codeBytes(unrolled(50))];
row("an unrolled layer: code of 50 steps by that of 10", "1.5", (fifty / ten).toFixed(2));
for (const name of ["i4_mlp", "i4_tiny_cnn"]) {
  const graph = importModel(fileOf(name), { file: `${name}.tflite` });
  const [four, eight] = [weightBytes(graph), weightBytes(withInt8Filters(graph))];
  const ratio = (of: "filters" | "all") =>
    `${(four[of] / eight[of]).toFixed(2)} (${number(four[of])} of ${number(eight[of])})`;
  row(`${name}: bytes of filters by those of int8`, "0.56", ratio("filters"));
  row(`${name}: with biases and factors, which stay`, "", ratio("all"));
}
