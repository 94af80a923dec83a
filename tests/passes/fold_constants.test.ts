import { strict as assert } from "node:assert";
import { MoteError } from "../../codegen/error.ts";
import { tensorAt } from "../../codegen/graph/graph.ts";
import { valuesOf } from "../../codegen/graph/tensor.ts";
import { foldConstants } from "../../codegen/passes/fold_constants.ts";
import { alike, NetworkBuilder } from "../network_builder.ts";
import { assertExact, assertExactOnRandomNetworks } from "./exact.ts";

describe("fold_constants", () => {
  it("keeps the outputs of random networks", () => assertExactOnRandomNetworks(foldConstants, 100));

  it("evaluates chains of constants, an output of the network among them", () => {
    const b = new NetworkBuilder();
    const x = b.tensor([1, 2]);
    const constant = b.constant([1, 2], Int8Array.of(-5, 7));
    const rectified = b.operator("relu", [constant], [b.tensor([1, 2])]);
    const shaped = b.operator("reshape", [rectified], [alike(b, rectified, [2])]);
    const sum = b.operator("add", [x, shaped], [b.tensor([1, 2])], { activation: "none" });
    const graph = assertExact(foldConstants, b.graph([x], [sum, rectified]), "chain");
    assert.deepEqual(
      graph.operators.map(({ kind }) => kind),
      ["add"],
    );
    assert.deepEqual(valuesOf("int8", tensorAt(graph, shaped).data ?? new Uint8Array()), Int8Array.of(0, 7));
  });

  it("drops what nobody reads, and nothing of an operator with one output in use", () => {
    const b = new NetworkBuilder();
    const x = b.tensor([1, 4]);
    const used = alike(b, x, [1, 2]);
    b.operator("split", [x], [used, alike(b, x, [1, 2])], { axis: 1, sizes: [2, 2] });
    b.operator("tanh", [b.operator("relu", [x], [alike(b, x, [1, 4])])], [b.tensor([1, 4], 1 / 128)]);
    const graph = assertExact(foldConstants, b.graph([x], [used]), "unused");
    assert.deepEqual(
      graph.operators.map(({ kind }) => kind),
      ["split"],
    );
  });

  it("refuses constants that would take forever to compute", () => {
    const b = new NetworkBuilder();
    const x = b.tensor([1]);
    const huge = [1, 3000, 3000, 1];
    const padded = b.operator("pad", [b.constant([1, 1, 1, 1], Int8Array.of(1))], [b.tensor(huge)], {
      before: [0, 2999, 2999, 0],
      after: [0, 0, 0, 0],
      value: 0,
    });
    const sum = b.operator("add", [x, padded], [b.tensor(huge)], { activation: "none" });
    assert.throws(
      () => foldConstants.run(b.graph([x], [sum])),
      (error: unknown) =>
        error instanceof MoteError &&
        /^random.tflite: operator 0 \(PAD "pad_0"\): expected at most/.test(error.message),
    );
  });
});
