/**
 * Random networks of all operators: the portable module, one with its weights in flash, those with SIMD and the reference
 * give the same bytes.
 */

import { buildPlan } from "../codegen/build/build_plan.ts";
import { evaluateGraph } from "../codegen/graph/evaluate.ts";
import { bytesOf, valuesOf } from "../codegen/graph/tensor.ts";
import { runPasses } from "../codegen/passes/index.ts";
import { makePlan } from "../codegen/plan/make_plan.ts";
import { dotBitsOf } from "../codegen/plan/plan.ts";
import { TARGETS, targetNamed } from "../codegen/plan/target.ts";
import { randomOf, sameBytes } from "./ops/random_values.ts";
import { randomInputs, randomNetwork } from "./random_network.ts";
import { withHalvedFilters } from "./relaxed/halved_filters.ts";
import { machinesFor, RELAXED, withDotsOf } from "./relaxed/rewrite.ts";

const BUILDS = [
  { target: TARGETS.portable, size: true },
  { target: targetNamed("wasmi", { flashWeights: true }), size: true },
  { target: TARGETS.node, size: false },
  { target: RELAXED, size: false },
] as const;

/** Seeds of networks, `first` to `first` + `count` − 1. */
export interface RandomTask {
  readonly first: number;
  readonly count: number;
}

export interface RandomResult {
  /** Networks that contain each kind of operator. */
  readonly kinds: Readonly<Record<string, number>>;
  /** What differs, in words. */
  readonly mismatches: readonly string[];
}

/** Builds and runs the networks; `run` is what a worker of a `Pool` is asked for. */
export async function run({ first, count }: RandomTask): Promise<RandomResult> {
  const kinds: Record<string, number> = {};
  const mismatches: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    const random = randomOf(seed);
    const made = randomNetwork(seed, { all: true });
    // Every other one with weights of seven bits: its relaxed dot products have to be exact where sums saturate, too.
    const network = seed % 2 === 0 ? made : withHalvedFilters(made);
    for (const kind of new Set(network.operators.map((operator) => operator.kind)))
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    const samples = [0, 1].map(() => {
      const inputs = randomInputs(network, random);
      return { inputs, wanted: evaluateGraph(network, inputs) };
    });
    const { graph } = runPasses(network);
    for (const { target, size } of BUILDS) {
      const plan = makePlan(graph, { target, inline: size ? new Set() : "all" });
      const bits = dotBitsOf(plan);
      // Without dot products it is SIMD128's.
      if (target === RELAXED && bits === undefined) continue;
      const { wasm } = await buildPlan(plan, { size, profile: false });
      for (const machine of machinesFor(bits)) {
        const { exports } = new WebAssembly.Instance(
          new WebAssembly.Module((await withDotsOf(machine, wasm)).wasm),
        );
        const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
        for (const [sample, { inputs, wanted }] of samples.entries()) {
          plan.inputs.forEach(({ address }, index) => {
            memory.set(bytesOf(inputs[index] ?? new Int8Array()), address);
          });
          (exports.invoke as () => void)();
          plan.outputs.forEach(({ address, tensor }, index) => {
            const want = wanted[index] ?? new Int8Array();
            const found = valuesOf(tensor.dtype, memory.slice(address, address + want.byteLength));
            if (!sameBytes(found, want))
              mismatches.push(
                `seed ${seed}, ${target.name} ${machine ?? target.simd}, sample ${sample}, output ${index}: ${found} not ${want}`,
              );
          });
        }
      }
    }
  }
  return { kinds, mismatches };
}
