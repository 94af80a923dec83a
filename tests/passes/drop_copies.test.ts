import { strict as assert } from "node:assert";
import { type Graph, tensorAt } from "../../codegen/graph/graph.ts";
import { tensorBytes } from "../../codegen/graph/tensor.ts";
import { dropCopies } from "../../codegen/passes/drop_copies.ts";
import { placeOf } from "../../codegen/plan/storage.ts";
import { alike, NetworkBuilder } from "../network_builder.ts";
import { assertExact, assertExactOnRandomNetworks } from "./exact.ts";

/** Asserts what references cannot see: views lie within, ports are aligned, and no output shares an input's memory. */
function assertSoundViews(graph: Graph, what: string): void {
  graph.tensors.forEach((tensor, id) => {
    if (!tensor.view) return;
    const whole = tensorAt(graph, tensor.view.of);
    assert.ok(!tensor.data && !whole.data, `${what}: tensor ${id} is a view with or of constants`);
    assert.ok(
      tensor.view.offset >= 0 && tensor.view.offset + tensorBytes(tensor) <= tensorBytes(whole),
      `${what}: tensor ${id} reaches beyond what it is a view of`,
    );
  });
  for (const id of [...graph.inputs, ...graph.outputs]) {
    assert.equal(placeOf(graph, id).offset % 16, 0, `${what}: port ${id} is not aligned`);
  }
  const inputs = graph.inputs.map((id) => placeOf(graph, id).root);
  for (const id of graph.outputs) {
    const shared = !graph.inputs.includes(id) && inputs.includes(placeOf(graph, id).root);
    assert.ok(!shared, `${what}: output ${id} shares memory with an input`);
  }
}

function kinds(graph: Graph): string[] {
  const after = assertExact(dropCopies, graph, "graph");
  assertSoundViews(after, "graph");
  return after.operators.map(({ kind }) => kind);
}

/** x [1, 16] and two maps of it. */
function start() {
  const b = new NetworkBuilder();
  const x = b.tensor([1, 16], 1 / 128, 0);
  const like = (shape: readonly number[]) => alike(b, x, shape);
  const map = (id: number, kind = "tanh") => b.operator(kind, [id], [like(b.shape(id))]);
  return { b, x, like, map, first: map(x), second: map(x, "relu") };
}

const join = { axis: 0 };

describe("drop_copies", () => {
  it("keeps the outputs of random networks, with views that hold", () => {
    assertExactOnRandomNetworks(dropCopies, 150, (graph, seed) =>
      assertSoundViews(graph, `random network ${seed}`),
    );
  });

  it("keeps the outputs of random networks with state", () => {
    let shared = 0;
    assertExactOnRandomNetworks(
      dropCopies,
      150,
      (graph, seed) => {
        assertSoundViews(graph, `random network ${seed}`);
        const states = graph.tensors.flatMap(({ state }, id) => (state ? [placeOf(graph, id).root] : []));
        if (graph.tensors.some(({ state }, id) => !state && states.includes(placeOf(graph, id).root)))
          shared++;
      },
      { state: true },
    );
    assert.ok(shared >= 100, `only ${shared} networks share the memory of state`);
  });

  it("makes reshapes and contiguous slices views", () => {
    const { b, x, like, map, first } = start();
    const shaped = b.operator("reshape", [first], [like([4, 4])]);
    const slice = { begins: [1, 0], strides: [1, 1], counts: [2, 4], dropped: [] };
    const rows = b.operator("strided_slice", [shaped], [like([2, 4])], slice);
    assert.deepEqual(kinds(b.graph([x], [map(rows)])), ["tanh", "relu", "tanh"]);
  });

  it("makes views of transpositions that move no byte, and of what is stacked and taken apart", () => {
    const { b, x, like, map, first, second } = start();
    const turned = b.operator("transpose", [first], [like([16, 1])], { permutation: [1, 0] });
    const column = map(turned);
    const stacked = b.operator("pack", [map(x), second], [like([1, 2, 16])], { axis: 1 });
    const parts = [like([1, 16]), like([1, 16])] as const;
    b.operator("unpack", [stacked], parts, { axis: 1, count: 2 });
    const graph = b.graph([x], [column, map(parts[1])]);
    assert.deepEqual(kinds(graph), ["tanh", "relu", "tanh", "tanh", "tanh"]);
  });

  it("keeps the copy from an input of the network to an output, and unaligned outputs", () => {
    const { b, x, like, first } = start();
    const copy = b.operator("reshape", [x], [like([4, 4])]);
    assert.deepEqual(kinds(b.graph([x], [copy])).at(-1), "reshape");
    const slice = { begins: [0, 4], strides: [1, 1], counts: [1, 8], dropped: [] };
    const part = b.operator("strided_slice", [first], [like([1, 8])], slice);
    assert.deepEqual(kinds(b.graph([x], [part])).at(-1), "strided_slice");
  });

  it("writes the inputs of a concatenation in place, reshaped ones and those with other readers too", () => {
    const { b, x, like, map, first, second } = start();
    const there = b.operator("reshape", [b.operator("reshape", [first], [like([16])])], [like([1, 16])]);
    const both = b.operator("concatenation", [there, second], [like([2, 16])], join);
    const other = map(second);
    assert.deepEqual(kinds(b.graph([x], [both, other])), ["tanh", "relu", "tanh"]);
  });

  it("writes nested concatenations in place", () => {
    const { b, x, like, map, first, second } = start();
    const both = b.operator("concatenation", [first, second], [like([2, 16])], join);
    const all = b.operator("concatenation", [map(x), both], [like([3, 16])], join);
    assert.deepEqual(kinds(b.graph([x], [all])), ["tanh", "relu", "tanh"]);
  });

  for (const [what, parts] of [
    ["an input of the network", ({ x, first }) => [x, first]],
    ["a tensor twice", ({ first }) => [first, first]],
    ["a constant", ({ b, first }) => [first, b.constant([1, 16], new Int8Array(16), [1 / 128])]],
    ["an output of the network", ({ first, second }) => [second, first]],
  ] as const satisfies readonly [string, (s: ReturnType<typeof start>) => readonly number[]][])
    it(`keeps a concatenation of ${what}`, () => {
      const s = start();
      const both = s.b.operator("concatenation", parts(s), [s.like([2, 16])], join);
      const outputs = what.startsWith("an output") ? [both, s.second] : [both];
      assert.deepEqual(kinds(s.b.graph([s.x], outputs)).at(-1), "concatenation");
    });

  it("keeps the second concatenation of a tensor, and one of parts of a tensor", () => {
    const s = start();
    const one = s.b.operator("concatenation", [s.first, s.second], [s.like([2, 16])], join);
    const other = s.b.operator("concatenation", [s.second, s.first], [s.like([2, 16])], join);
    assert.deepEqual(kinds(s.b.graph([s.x], [one, other])), ["tanh", "relu", "concatenation"]);

    const { b, x, like, first } = start();
    const halves = [like([1, 8]), like([1, 8])] as const;
    b.operator("split", [first], halves, { axis: 1, sizes: [8, 8] });
    const swapped = b.operator("concatenation", [halves[1], halves[0]], [like([1, 16])], { axis: 1 });
    assert.deepEqual(kinds(b.graph([x], [swapped])), ["tanh", "relu", "concatenation"]);
  });
});
