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

  it("makes one table of ways that come together again", () => {
    const none = { activation: "none" };
    const b = new NetworkBuilder();
    const x = b.tensor([2, 3], 0.05, 10);
    const like = () => alike(b, x, [2, 3]);
    const relu = b.operator("relu", [x], [like()]);
    const share = b.operator("logistic", [relu], [b.tensor([2, 3], 1 / 256, -128)]);
    const product = b.operator("mul", [relu, share], [like()], none);
    const sum = b.operator("add", [product, x], [like()], none);
    const spellings = (outputs: readonly number[]) =>
      assertExact(composeTables, b.graph([x], outputs), "gate").operators.map(({ spelling }) => spelling);
    assert.deepEqual(spellings([sum]), ["RELU+LOGISTIC+MUL+ADD"]);
    // What the network gives out is computed for itself, and the rest from there.
    assert.deepEqual(spellings([sum, relu]), ["RELU", "LOGISTIC+MUL", "ADD"]);
    assert.deepEqual(spellings([sum, product]), ["RELU+LOGISTIC+MUL", "ADD"]);
  });

  it("makes one table of what goes through float32", () => {
    const b = new NetworkBuilder();
    const x = b.tensor([2, 3], 0.05, 10);
    const real = () => b.tensors.push({ name: `r${b.tensors.length}`, shape: [2, 3], dtype: "float32" }) - 1;
    const value = b.operator("dequantize", [x], [real()]);
    const sine = b.operator("sin", [value], [real()]);
    const product = b.operator("mul", [sine, value], [real()], { activation: "none" });
    const output = b.operator("quantize", [product], [b.tensor([2, 3], 0.04, 3)]);
    const rest = b.operator("quantize", [sine], [b.tensor([2, 3], 0.04, 3)]);
    const whole = b.graph([x], [output]);
    const after = assertExact(composeTables, { ...whole, operators: whole.operators.slice(0, 4) }, "sine");
    assert.deepEqual(
      after.operators.map(({ kind, spelling }) => [kind, spelling]),
      [["lookup_table", "DEQUANTIZE+SIN+MUL+QUANTIZE"]],
    );
    // Two readers outside each other's cone leave it as it is.
    assert.equal(composeTables.run(b.graph([x], [output, rest])).operators.length, 5);
  });

  it("leaves float32 that the network gives out or takes in", () => {
    const b = new NetworkBuilder();
    const x = b.tensor([2, 3], 0.05, 10);
    const real = () => b.tensors.push({ name: `r${b.tensors.length}`, shape: [2, 3], dtype: "float32" }) - 1;
    const value = b.operator("dequantize", [x], [real()]);
    const output = b.operator("quantize", [value], [b.tensor([2, 3], 0.04, 3)]);
    const graph = b.graph([x], [value, output]);
    assert.equal(composeTables.run(graph), graph);
    const input = real();
    const quantized = b.operator("quantize", [input], [b.tensor([2, 3], 0.04, 3)]);
    const border = { ...b.graph([input], [quantized]), operators: b.operators.slice(2) };
    assert.equal(composeTables.run(border), border);
  });

  it("leaves two operands, and one that is spread over the other", () => {
    const b = new NetworkBuilder();
    const [x, y, small] = [b.tensor([2, 3], 0.05), b.tensor([2, 3], 0.05), b.tensor([3], 0.05)];
    const none = { activation: "none" };
    const sum = b.operator("add", [x, y], [b.tensor([2, 3], 0.1)], none);
    const spread = b.operator("abs", [small], [b.tensor([3], 0.05)]);
    const product = b.operator("mul", [sum, spread], [b.tensor([2, 3], 0.1)], none);
    const graph = b.graph([x, y, small], [product]);
    assert.equal(composeTables.run(graph), graph);
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
