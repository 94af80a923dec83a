import { strict as assert } from "node:assert";
import { evaluateGraph, evaluateTensors } from "../../codegen/graph/evaluate.ts";
import { constantChannels } from "../../codegen/passes/dead_channels/constant_channels.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { randomOf } from "../ops/random_values.ts";
import { randomInputs, randomNetwork } from "../random_network.ts";

describe("constantChannels", () => {
  it("knows the values of constant channels, in every pixel", () => {
    let count = 0;
    for (let seed = 0; seed < 400; seed++) {
      const graph = randomNetwork(seed);
      const values = evaluateTensors(graph, randomInputs(graph, randomOf(seed)));
      for (const [id, known] of constantChannels(graph)) {
        values.get(id)?.forEach((value: number | bigint, at: number) => {
          const expected = known[at % known.length];
          if (expected === undefined) return;
          count++;
          assert.equal(value, expected, `seed ${seed}, tensor ${id}, element ${at}`);
        });
      }
    }
    assert.ok(count > 10_000, `only ${count} values known`);
  });

  it("rounds one filter of a dense layer as its network does", () => {
    // Per-channel scales are multiplied as doubles, a single one as float32.
    const n = new NetworkBuilder();
    const random = randomOf(3);
    for (let round = 0; round < 200; round++) {
      const x = n.tensor([1, 2], 0.05 + random.real(), 0);
      const scales = [random.real(), 0.01];
      const weights = n.constant([2, 2], Int8Array.of(0, 0, 1, 2), scales);
      const biases = n.constant([2], Int32Array.of(random.int(-(2 ** 30), 2 ** 30), 0));
      const scale = (n.scale(x) * (scales[0] ?? 1) * 2 ** 30) / 100;
      const y = n.operator("fully_connected", [x, weights, biases], [n.tensor([1, 2], scale, 0)], {
        activation: "none",
      });
      const graph = n.graph(
        n.operators.map(({ inputs: [id = -1] }) => id),
        [y],
      );
      const inputs = graph.inputs.map(() => Int8Array.of(1, 2));
      assert.equal(
        constantChannels(graph).get(y)?.[0],
        evaluateGraph(graph, inputs)[0]?.[0],
        `round ${round}`,
      );
    }
  });
});
