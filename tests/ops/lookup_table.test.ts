import { strict as assert } from "node:assert";
import { OperatorFault } from "../../codegen/error.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { type Graph, layerOf } from "../../codegen/graph/graph.ts";
import type { DType } from "../../codegen/graph/tensor.ts";
import { type LookupTableAttributes, lookupTable } from "../../codegen/ops/lookup_table.ts";
import { assertGraphMatches, tensor } from "./file_operator.ts";
import { randomOf } from "./random_values.ts";

/** No file has this operator: passes make it. */
function lookup(table: readonly number[], shape: readonly number[], dtype: DType = "int8"): Graph {
  const attributes: LookupTableAttributes = { table };
  const place = { kind: "lookup_table", spelling: "LOOKUP_TABLE", name: "lookup", index: 0 };
  return {
    name: "test",
    file: "test.tflite",
    tensors: [tensor(shape), tensor(shape, 0.1, 0, dtype)],
    operators: [{ ...place, inputs: [0], outputs: [1], attributes }],
    inputs: [0],
    outputs: [1],
  };
}

const falling = Array.from({ length: 256 }, (_, index) => 127 - index);

describe("lookup_table", () => {
  it("gives the values of the table", () => {
    const values = Int8Array.of(-128, 0, 1, 127);
    assert.deepEqual(evaluateGraph(lookup(falling, [4]), [values]), [Int8Array.of(127, -1, -2, -128)]);
  });

  it("gives the reference's bytes", async () => {
    const random = randomOf(17);
    const table = Array.from({ length: 256 }, () => random.int(-128, 127));
    for (const shape of [[1], [2, 33], [1, 16, 16, 2]]) {
      assert.deepEqual(await assertGraphMatches(lookup(table, shape)), new Set(["lookup_table_s8"]));
    }
  });

  it("refuses other types", () => {
    const graph = lookup(falling, [4], "int16");
    const [operator] = graph.operators;
    assert.ok(operator);
    assert.throws(() => lookupTable.check(layerOf(graph, operator)), OperatorFault);
  });
});
