import { strict as assert } from "node:assert";
import { composeTables } from "../../codegen/passes/compose_tables.ts";
import { alike, NetworkBuilder } from "../network_builder.ts";
import { assertExact, assertExactOnRandomNetworks } from "./exact.ts";

/** x → relu → mul by a scalar → tanh, and further what `more` adds; the outputs are what it gives. */
function chain(more: (b: NetworkBuilder, tensors: readonly number[]) => readonly number[]) {
  const b = new NetworkBuilder();
  const x = b.tensor([1, 3, 3, 2], 0.05, 10);
  const relu = b.operator("relu", [x], [b.tensor([1, 3, 3, 2], 0.04, -128)]);
  const scalar = b.constant([1], Int8Array.of(77));
  const scaled = b.operator("mul", [scalar, relu], [b.tensor([1, 3, 3, 2], 0.07, -20)], {
    activation: "relu6",
  });
  const tanh = b.operator("tanh", [scaled], [b.tensor([1, 3, 3, 2], 1 / 128)]);
  return b.graph([x], more(b, [x, relu, scaled, tanh]));
}

const kinds = (graph: ReturnType<typeof chain>) =>
  assertExact(composeTables, graph, "chain").operators.map(({ kind }) => kind);

describe("compose_tables", () => {
  it("keeps the outputs of random networks", () => assertExactOnRandomNetworks(composeTables, 30));

  it("makes one table of a chain, for every value", () => {
    const graph = chain((_, [, , , tanh = -1]) => [tanh]);
    assert.deepEqual(kinds(graph), ["lookup_table"]);
    assert.equal(composeTables.run(graph).operators[0]?.spelling, "RELU+MUL+TANH");
  });

  it("stops at an output of the network", () => {
    assert.deepEqual(kinds(chain((_, [, , scaled = -1, tanh = -1]) => [tanh, scaled])), [
      "lookup_table",
      "tanh",
    ]);
  });

  it("stops at a tensor with several readers", () => {
    const graph = chain((b, [, , scaled = -1, tanh = -1]) => [
      tanh,
      b.operator("logistic", [scaled], [b.tensor([1, 3, 3, 2], 1 / 256, -128)]),
    ]);
    assert.deepEqual(kinds(graph), ["lookup_table", "tanh", "logistic"]);
  });

  it("leaves what depends on more than one element or on the channel", () => {
    const graph = chain((b, [x = -1, , , tanh = -1]) => {
      const alpha = b.constant([2], Int8Array.of(20, -20));
      const prelu = b.operator("prelu", [tanh, alpha], [alike(b, x, [1, 3, 3, 2])], { activation: "none" });
      return [b.operator("add", [prelu, x], [alike(b, x, [1, 3, 3, 2])], { activation: "none" })];
    });
    assert.deepEqual(kinds(graph), ["lookup_table", "prelu", "add"]);
  });
});
