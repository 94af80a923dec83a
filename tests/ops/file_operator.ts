/** Operators as a .tflite file would bring them, for tests of one descriptor: read, checked, run, built. */

import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import type { Context } from "mocha";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { validate } from "../../codegen/build/validate.ts";
import { OperatorFault } from "../../codegen/error.ts";
import { evaluateGraph, initialState, type NetworkState } from "../../codegen/graph/evaluate.ts";
import { ABSENT, type Graph, layerOf, tensorAt } from "../../codegen/graph/graph.ts";
import { bytesOf, type DType, type Tensor, type Values, valuesOf } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { OPERATORS } from "../../codegen/ops/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { dotBitsOf } from "../../codegen/plan/plan.ts";
import { TARGETS, type Target } from "../../codegen/plan/target.ts";
import { machinesFor, withDotsOf } from "../relaxed/rewrite.ts";
import { extremeValues, randomOf, randomValues, sameBytes } from "./random_values.ts";

/** An operator of a file; `options` by the names of the descriptor's spelling. */
export interface FileOperatorCase {
  readonly spelling: string;
  /** By input position; `undefined` where an optional one is left out. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  readonly options?: Readonly<Record<string, number>>;
}

/** An activation; quantized unless its type has no scale. */
export function tensor(shape: readonly number[], scale = 0.05, zeroPoint = 3, dtype: DType = "int8"): Tensor {
  const quantization = { scales: [scale], zeroPoints: [zeroPoint], axis: 0 };
  const plain = dtype === "float32" || dtype === "int32" || dtype === "int64" || dtype === "bool";
  return { name: "t", shape, dtype, ...(plain ? {} : { quantization }) };
}

/** A constant int32 vector. */
export function numbers(...values: number[]): Tensor {
  return { name: "numbers", shape: [values.length], dtype: "int32", data: bytesOf(Int32Array.from(values)) };
}

/** The graph of independent operators: all inputs are the network's inputs, all outputs, new state too, its outputs. */
export function graphOf(cases: readonly FileOperatorCase[]): Graph {
  const tensors: Tensor[] = [];
  const add = (entry: Tensor) => tensors.push({ ...entry, name: `${entry.name}_${tensors.length}` }) - 1;
  const operators = cases.map((entry, index) => {
    const descriptor = OPERATORS.find(({ tflite }) => tflite.some(({ name }) => name === entry.spelling));
    const spelling = descriptor?.tflite.find(({ name }) => name === entry.spelling);
    if (!descriptor || !spelling) throw new RangeError(`no operator ${entry.spelling}`);
    const read = spelling.read({
      version: 1,
      inputs: entry.inputs,
      outputs: entry.outputs,
      option: (name) => entry.options?.[name] ?? spelling.options?.[name]?.default ?? 0,
      optionVector: () => [],
    });
    const ids = new Map<number, number>();
    const idOf = (i: number) => {
      const given = entry.inputs[i];
      const id = ids.get(i) ?? (given ? add(given) : ABSENT);
      ids.set(i, id);
      return id;
    };
    const operator = {
      kind: descriptor.kind,
      spelling: entry.spelling,
      name: `case_${index}`,
      index,
      inputs: (read.inputs ?? entry.inputs.map((_, i) => i)).map(idOf),
      outputs: [...entry.outputs.map(add), ...(read.writes ?? []).map(idOf)],
      attributes: read.attributes,
    };
    const layer = layerOf({ tensors }, operator);
    descriptor.check(layer);
    // What a file leaves out must be what it would have said.
    const shapes = descriptor.shapes?.(layer);
    if (shapes)
      assert.deepEqual(
        shapes,
        layer.outputs.map(({ shape }) => shape),
      );
    return operator;
  });
  return {
    name: "test",
    file: "test.tflite",
    tensors,
    operators,
    inputs: operators
      .flatMap(({ inputs }) => inputs)
      .filter((id) => id !== ABSENT && !tensorAt({ tensors }, id).data && !tensorAt({ tensors }, id).state),
    outputs: operators.flatMap(({ outputs }) => outputs),
  };
}

/** Asserts that the file's operator is refused with a sentence that matches. */
export function assertRefused(entry: FileOperatorCase, sentence: RegExp): void {
  assert.throws(
    () => graphOf([entry]),
    (error: unknown) => error instanceof OperatorFault && sentence.test(error.sentence),
    `expected a refusal that matches ${sentence}`,
  );
}

/** What an operator alone makes of its inputs, by the reference. */
export function reference(entry: FileOperatorCase, ...inputs: Values[]): Values[] {
  return evaluateGraph(graphOf([entry]), inputs);
}

/** What modules are built for and fed with, where it is not the portable target and any bytes at all. */
export interface ModuleOptions {
  readonly target?: Target;
  /** `extremes`: only the smallest and the largest values of a type. */
  readonly inputs?: "any" | "extremes";
  readonly seed?: number;
}

/**
 * Asserts that modules with all these operators, inlined and shared, compact and not, are valid for the target and give
 * the reference's bytes.
 * Gives the names of the kernels that ran.
 */
export async function assertModulesMatch(
  cases: readonly FileOperatorCase[],
  options: ModuleOptions = {},
): Promise<Set<string>> {
  return assertGraphMatches(graphOf(cases), options);
}

/** `assertModulesMatch` of a graph. */
export async function assertGraphMatches(
  graph: Graph,
  { target = TARGETS.portable, inputs: contents = "any", seed = 1 }: ModuleOptions = {},
): Promise<Set<string>> {
  const random = randomOf(seed);
  const drawn = () =>
    graph.inputs.map((id) =>
      (contents === "any" ? randomValues : extremeValues)(tensorAt(graph, id), random),
    );
  const state = initialState(graph);
  const steps = Array.from({ length: state.size > 0 ? 4 : 1 }, () => {
    const inputs = drawn();
    return { inputs, expected: evaluateGraph(graph, inputs, state) };
  });
  const kernels = new Set<string>();
  const builds = [
    { inline: "all", compact: false },
    { inline: new Set<number>(), compact: true },
  ] as const;
  for (const { inline, compact } of builds) {
    const plan = makePlan(graph, { target, inline });
    for (const { kernel } of plan.layers) kernels.add(kernel.name);
    const { wasm } = await buildPlan(plan, { size: compact, profile: false });
    await validate(wasm, target);
    for (const machine of machinesFor(dotBitsOf(plan))) {
      const module = new WebAssembly.Module((await withDotsOf(machine, wasm)).wasm);
      const { memory, invoke, reset } = new WebAssembly.Instance(module).exports;
      assert.ok(memory instanceof WebAssembly.Memory && typeof invoke === "function");
      const bytes = new Uint8Array(memory.buffer);
      const run = ({ inputs, expected }: (typeof steps)[number], step: string) => {
        plan.inputs.forEach(({ address }, index) => {
          bytes.set(bytesOf(inputs[index] ?? new Int8Array()), address);
        });
        invoke();
        plan.outputs.forEach(({ address, tensor: output }, index) => {
          const want = expected[index] ?? new Int8Array();
          const found = valuesOf(output.dtype, bytes.subarray(address, address + want.byteLength));
          if (sameBytes(found, want)) return;
          const owner = graph.operators.find(({ outputs }) => outputs.includes(graph.outputs[index] ?? -1));
          const tensors = [...(owner?.inputs ?? []), ...(owner?.outputs ?? [])].map(
            (id) => graph.tensors[id],
          );
          assert.fail(
            `${compact ? "compact, shared" : "inlined"} ${machine ?? ""}, ${step}: ${JSON.stringify({ ...owner, tensors })} gives ${found} instead of ${want}`,
          );
        });
      };
      steps.forEach((step, index) => {
        run(step, `step ${index}`);
      });
      const [first] = steps;
      if (first && state.size > 0) {
        assert.ok(typeof reset === "function");
        reset();
        run(first, "after a reset");
      }
    }
  }
  return kernels;
}

const CONFORMANCE = new URL("../../../shared/conformance/", import.meta.url);

/**
 * Asserts that the references give a conformance case's golden outputs, and where the network has state those in sequence
 * too; skips where the set is not there. `most`: samples to run, where the references are slow.
 */
export function assertGolden(context: Context, name: string, most = Infinity): void {
  if (!existsSync(CONFORMANCE)) context.skip();
  const file = (path: string) => new Uint8Array(readFileSync(new URL(`${name}/${path}`, CONFORMANCE)));
  const graph = importModel(file("model.tflite"), { file: name });
  const samples = (prefix: string, ids: readonly number[], order = "") =>
    ids.map((id, k) => ({ dtype: tensorAt(graph, id).dtype, bytes: file(`${prefix}${k}${order}.bin`), id }));
  const cut = ({ dtype, bytes }: { dtype: DType; bytes: Uint8Array }, sample: number, size: number) =>
    valuesOf(dtype, bytes.subarray(sample * size, (sample + 1) * size));
  const inputs = samples("input", graph.inputs);
  const outputs = samples("output", graph.outputs);
  const sizes = evaluateGraph(
    graph,
    graph.inputs.map((id) => randomValues(tensorAt(graph, id), randomOf(1))),
  ).map(({ byteLength }) => byteLength);
  const count = (outputs[0]?.bytes.length ?? 0) / (sizes[0] ?? 1);
  assert.ok(count >= 1);
  const check = (prefix: string, wanted: typeof outputs, state?: NetworkState) => {
    for (let sample = 0; sample < Math.min(count, most); sample++) {
      const given = inputs.map((input) => cut(input, sample, input.bytes.length / count));
      const results = evaluateGraph(graph, given, state);
      wanted.forEach((output, k) => {
        assert.deepEqual(
          results[k],
          cut(output, sample, sizes[k] ?? 0),
          `${prefix}${name}: sample ${sample}, output ${k}`,
        );
      });
    }
  };
  check("", outputs);
  const state = initialState(graph);
  if (state.size > 0) check("sequence of ", samples("output", graph.outputs, ".seq"), state);
}
