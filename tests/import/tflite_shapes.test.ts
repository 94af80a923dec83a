/** Inputs of other shapes than a .tflite file says: everything after them follows. */

import { strict as assert } from "node:assert";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { tensorAt } from "../../codegen/graph/graph.ts";
import { elementCount } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { MoteError } from "../../codegen/index.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { ownModel } from "../networks.ts";
import { randomOf } from "../ops/random_values.ts";
import { randomInputs } from "../random_network.ts";

/** Asserts that three samples at once give what they give one by one. */
function assertBatch(model: Uint8Array): void {
  const one = importModel(model, { file: "m.tflite" });
  const [port = -1] = one.inputs;
  const { name, shape } = tensorAt(one, port);
  const three = importModel(model, { file: "m.tflite", shapes: { [name]: [3, ...shape.slice(1)] } });
  const [batch] = randomInputs(three, randomOf(5));
  assert.ok(batch instanceof Int8Array);
  const [found] = evaluateGraph(three, [batch]);
  const size = elementCount(shape);
  const rows = [0, 1, 2].flatMap((row) =>
    Array.from(evaluateGraph(one, [batch.slice(row * size, (row + 1) * size)])[0] ?? [], Number),
  );
  assert.deepEqual(Array.from(found ?? [], Number), rows);
}

describe("shapes of inputs", () => {
  it("carry a batch through dense layers", () => assertBatch(ownModel("regressor").model));

  for (const name of ["ds_cnn", "mlp", "conv_autoencoder_bilinear"]) {
    it(`carry a batch through ${name}`, function () {
      const entry = conformanceCase(name);
      if (!entry) return this.skip();
      assertBatch(conformanceNetwork(entry).model);
    });
  }

  it("are refused for names and numbers of dimensions that the file doesn't have", () => {
    const { model } = ownModel("regressor");
    const refuse = (shapes: Record<string, readonly number[]>, sentence: RegExp) =>
      assert.throws(
        () => importModel(model, { file: "m.tflite", shapes }),
        (error: unknown) => error instanceof MoteError && sentence.test(error.message),
      );
    const graph = importModel(model, { file: "m.tflite" });
    const { name } = tensorAt(graph, graph.inputs[0] ?? -1);
    refuse({ nobody: [1] }, /--shape names no input "nobody" of m\.tflite\. Its inputs are: "/);
    refuse({ [name]: [1, 2, 3, 4, 5] }, /expected \d dimensions of at least 1/);
    refuse({ [name]: tensorAt(graph, graph.inputs[0] ?? -1).shape.map(() => 2 ** 20) }, /at most \d+ bytes/);
  });
});
