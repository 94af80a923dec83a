import { strict as assert } from "node:assert";
import { evaluateGraph, evaluateTensors } from "../../codegen/graph/evaluate.ts";
import { fixedFactor, requantize } from "../../codegen/graph/fixed_point.ts";
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
    // Per-channel scales are multiplied as doubles, a single one as float32: 100.5 may be 100 or 101.
    const random = randomOf(3);
    let apart = 0;
    for (let round = 0; round < 50; round++) {
      const [scale, weightScale] = [0.05 + random.real(), 0.1 + random.real()];
      const outputScale = scale * weightScale * 1e7;
      const alone = fixedFactor(Math.fround(scale * weightScale) / outputScale);
      const [middle, factor] = [Math.round(100.5e7), fixedFactor((scale * weightScale) / outputScale)];
      const sums = Array.from({ length: 81 }, (_, at) => middle + at - 40);
      const sum = sums.find((acc) => requantize(acc, alone) !== requantize(acc, factor));
      if (sum === undefined) continue;
      apart++;
      const n = new NetworkBuilder();
      const x = n.tensor([1, 2], scale, 0);
      const weights = n.constant([2, 2], Int8Array.of(0, 0, 1, 2), [weightScale, 0.01]);
      const biases = n.constant([2], Int32Array.of(sum, 0));
      const y = n.tensor([1, 2], outputScale, 0);
      n.operator("fully_connected", [x, weights, biases], [y], { activation: "none" });
      const graph = n.graph([x], [y]);
      const [values] = evaluateGraph(graph, [Int8Array.of(1, 2)]);
      assert.equal(constantChannels(graph).get(y)?.[0], values?.[0], `round ${round}`);
    }
    assert.ok(apart > 10, `only ${apart} cases tell the two apart`);
  });

  it("takes a channel for cut off only where larger sums give larger outputs", () => {
    // The factor 65,536 shifts sums by 17 bits: at both ends they wrap to what gives 127, in the middle to −128.
    const n = new NetworkBuilder();
    const x = n.tensor([1, 2], 1, 0);
    const weights = n.constant([2, 2], Int8Array.of(127, 127, 127, 127), [1]);
    const biases = n.constant([2], Int32Array.of(600, 600));
    const y = n.tensor([1, 2], 2 ** -16, 0);
    n.operator("fully_connected", [x, weights, biases], [y], { activation: "none" });
    const graph = n.graph([x], [y]);
    const outputs = [Int8Array.of(-128, -128), Int8Array.of(-128, 0), Int8Array.of(127, 127)].map(
      (input) => evaluateGraph(graph, [input])[0]?.[0],
    );
    assert.deepEqual(outputs, [127, -128, 127]);
    assert.deepEqual(constantChannels(graph).get(y), [undefined, undefined]);
  });
});
