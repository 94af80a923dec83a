import { strict as assert } from "node:assert";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { emitModel } from "../../codegen/emit/model.ts";
import { resetCalls } from "../../codegen/emit/state.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import type { Plan, StateBlock } from "../../codegen/plan/plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { alike, NetworkBuilder } from "../network_builder.ts";

/** y = what x was one inference before, for each initial value of a state. */
function delays(...initial: readonly Int8Array[]): Graph {
  const b = new NetworkBuilder();
  const [first] = initial;
  const x = b.tensor([1, first?.length ?? 1]);
  const outputs = initial.map((values) => {
    const state = b.state([1, values.length], values);
    const before = b.operator("read_variable", [state], [alike(b, x, [1, values.length])]);
    b.operator("assign_variable", [x], [state]);
    return before;
  });
  return b.graph([x], outputs);
}

const planOf = (graph: Graph): Plan => makePlan(graph, { target: TARGETS.portable, inline: "all" });
const textOf = (graph: Graph, profile = false) => emitModel(planOf(graph), { generator: "mote-nn", profile });

interface Exports {
  readonly memory: WebAssembly.Memory;
  readonly invoke: () => void;
  readonly reset: () => void;
  readonly invoke_layer: (index: number) => void;
}

describe("state in a module", () => {
  it("starts from its initial values in a new instance and after a reset, and survives inferences", async () => {
    const initial = [
      new Int8Array(11).fill(-128),
      new Int8Array(11),
      Int8Array.from({ length: 11 }, (_, k) => k - 5),
    ];
    const plan = planOf(delays(...initial));
    assert.deepEqual(
      plan.state.map(({ bytes }) => bytes),
      [11, 11, 11],
    );
    const { wasm } = await buildPlan(plan, { size: true, profile: true });
    const module = new WebAssembly.Module(new Uint8Array(wasm));
    const start = () => new WebAssembly.Instance(module).exports as unknown as Exports;
    const run = ({ memory, invoke }: Pick<Exports, "memory" | "invoke">, value: number) => {
      const bytes = new Int8Array(memory.buffer);
      const [x] = plan.inputs;
      bytes.fill(value, x?.address, (x?.address ?? 0) + 11);
      invoke();
      return plan.outputs.map(({ address }) => bytes.slice(address, address + 11));
    };
    const constant = (value: number) => initial.map(() => new Int8Array(11).fill(value));

    const instance = start();
    assert.deepEqual(run(instance, 1), initial);
    assert.deepEqual(run(instance, 2), constant(1));
    assert.deepEqual(run(instance, 3), constant(2));
    instance.reset();
    assert.deepEqual(run(instance, 4), initial);
    assert.deepEqual(run(instance, 5), constant(4));

    const early = start();
    early.reset();
    assert.deepEqual(run(early, 6), initial, "a reset before the first inference");
    const profiled = start();
    const layers = () => {
      for (const { index } of plan.layers) profiled.invoke_layer(index);
    };
    assert.deepEqual(
      run({ ...profiled, memory: profiled.memory, invoke: layers }, 7),
      initial,
      "layer by layer",
    );
    assert.deepEqual(run({ ...profiled, memory: profiled.memory, invoke: layers }, 8), constant(7));
  });

  it("needs no flag where it starts from zero, and no reset where there is none", () => {
    const zero = textOf(delays(new Int8Array(5)), true);
    assert.doesNotMatch(zero, /fresh/);
    assert.match(zero, /export function reset\(\): void \{\n {2}fill_bytes\(\d+, 0, 5\); \/\/ s1\n\}/);
    const set = textOf(delays(new Int8Array(5).fill(3)), true);
    assert.match(set, /export function reset\(\): void \{\n {2}fresh = false;\n {2}fill_bytes\(\d+, 3, 5\);/);
    assert.equal(set.match(/if \(fresh\) reset\(\);/g)?.length, 2);
    const b = new NetworkBuilder();
    const x = b.tensor([1, 4]);
    assert.doesNotMatch(
      textOf(b.graph([x], [b.operator("relu", [x], [alike(b, x, [1, 4])])])),
      /reset|fill_bytes/,
    );
  });

  it("is filled in one call where it lies side by side and starts alike", () => {
    const state: StateBlock[] = [
      { name: "a", address: 0, bytes: 8, fill: 1 },
      { name: "b", address: 8, bytes: 4, fill: 1 },
      { name: "c", address: 12, bytes: 4, fill: 2 },
      { name: "d", address: 20, bytes: 4, fill: 2 },
      { name: "e", address: 24, bytes: 2, copyOf: 100 },
      { name: "f\n*/", address: 26, bytes: 2, fill: 2 },
    ];
    assert.deepEqual(
      resetCalls(state).map(({ text }) => text.trim()),
      [
        "fill_bytes(0, 1, 12); // a, b",
        "fill_bytes(12, 2, 4); // c",
        "fill_bytes(20, 2, 4); // d",
        "copy_bytes(24, 100, 2); // e",
        "fill_bytes(26, 2, 2); // f?* /",
      ],
    );
  });

  it("counts into the arena and its bound, throughout", () => {
    const { memory, state, layers } = planOf(delays(new Int8Array(64).fill(9)));
    assert.equal(memory.arenaBytes, memory.arenaBound);
    assert.ok(memory.arenaBytes >= 3 * 64);
    const [block] = memory.blocks.filter((each) => each.state);
    assert.deepEqual(block, {
      name: "s1",
      address: state[0]?.address,
      bytes: 64,
      first: -1,
      last: layers.length,
      state: true,
    });
  });
});
