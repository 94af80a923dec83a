import { strict as assert } from "node:assert";
import { evaluateTensors } from "../../codegen/graph/evaluate.ts";
import { type Graph, layerOf, tensorAt } from "../../codegen/graph/graph.ts";
import { type TensorId, valuesOf } from "../../codegen/graph/tensor.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { constantChannels } from "../../codegen/passes/dead_channels/constant_channels.ts";
import { dropDeadChannels } from "../../codegen/passes/drop_dead_channels.ts";
import { mergePad } from "../../codegen/passes/merge_pad.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { biasOf } from "../ops/convolutions_16x8.ts";
import { randomOf } from "../ops/random_values.ts";
import { randomInputs } from "../random_network.ts";
import { randomNetwork16 } from "../random_network_16x8.ts";
import { ALL_PASSES, assertExact } from "./exact.ts";

const NETWORKS: readonly Graph[] = Array.from({ length: 300 }, (_, seed) => randomNetwork16(seed));

const VALID = {
  ...{ strideHeight: 1, strideWidth: 1, dilationHeight: 1, dilationWidth: 1 },
  ...{ padTop: 0, padBottom: 0, padLeft: 0, padRight: 0 },
  activation: "none",
};

/** Two 1×1 convolutions of an int16 map; the first has 3 filters, the middle one without weights. */
class Pair extends NetworkBuilder {
  readonly x = this.map(2);

  map(channels: number): TensorId {
    const quantization = { scales: [0.05], zeroPoints: [0], axis: 0 };
    return this.tensors.push({ name: "map", shape: [1, 2, 2, channels], dtype: "int16", quantization }) - 1;
  }

  conv(input: TensorId, filters: number, weights: readonly number[], bias?: readonly number[]): TensorId {
    const depth = this.shape(input).at(-1) ?? 1;
    const filter = this.constant([filters, 1, 1, depth], Int8Array.from(weights), [0.01]);
    const biases = bias ? [this.tensors.push(biasOf(bias)) - 1] : [];
    return this.operator("conv_2d", [input, filter, ...biases], [this.map(filters)], VALID);
  }
}

describe("passes on 16x8 networks", () => {
  it("keep the outputs of random networks, alone and together", () => {
    const changed = [dropDeadChannels, mergePad, ALL_PASSES].map(
      (pass) =>
        NETWORKS.filter((graph, seed) => assertExact(pass, graph, `16x8 network ${seed}`) !== graph).length,
    );
    assert.ok((changed[0] ?? 0) > 50 && (changed[2] ?? 0) > 50, `${changed} networks changed`);
  });

  it("leave operators that their descriptors take", () => {
    for (const graph of NETWORKS) {
      const after = ALL_PASSES.run(graph);
      for (const operator of after.operators) descriptorOf(operator).check(layerOf(after, operator));
    }
  });

  it("know the values of constant channels, in every pixel", () => {
    let count = 0;
    NETWORKS.forEach((graph, seed) => {
      const values = evaluateTensors(graph, randomInputs(graph, randomOf(seed)));
      for (const [id, known] of constantChannels(graph)) {
        values.get(id)?.forEach((value: number | bigint, at: number) => {
          const expected = known[at % known.length];
          if (expected === undefined) return;
          count++;
          assert.equal(value, expected, `seed ${seed}, tensor ${id}, element ${at}`);
        });
      }
    });
    assert.ok(count > 1000, `only ${count} values known`);
  });

  it("fold a constant into an int64 bias, also where there was none", () => {
    for (const bias of [undefined, [2 ** 40, -7]]) {
      const n = new Pair();
      const first = n.conv(n.x, 3, [1, 2, 0, 0, -3, 4], [0, 100_000, 0]);
      const y = n.conv(first, 2, [1, 50, 2, 3, -60, 4], bias);
      const after = assertExact(dropDeadChannels, n.graph([n.x], [y]), "pair");
      const [, last] = after.operators;
      assert.ok(last);
      const [, filter = -1, folded = -1] = last.inputs;
      assert.deepEqual(tensorAt(after, filter).shape, [2, 1, 1, 2]);
      // The factor is 0.01: the constant is 1000.
      const { dtype, data = new Uint8Array() } = tensorAt(after, folded);
      assert.deepEqual(
        valuesOf(dtype, data),
        BigInt64Array.of(50_000n + BigInt(bias?.[0] ?? 0), -60_000n + BigInt(bias?.[1] ?? 0)),
      );
    }
  });

  it("drop a channel whose activation always cuts it off, and keep one that it may not", () => {
    // Sums of a filter lie within 2^15 · 127 · 2 steps; an int16 output holds 2^15 · 100 of them.
    for (const [bias, left] of [
      [-20_000_000, 2],
      [-7_000_000, 3],
    ] as const) {
      const n = new Pair();
      const first = n.conv(n.x, 3, [127, -127, 127, -127, 127, 127], [0, bias, 0]);
      const y = n.conv(first, 2, [1, 50, 2, 3, -60, 4]);
      const after = assertExact(dropDeadChannels, n.graph([n.x], [y]), "pair");
      assert.equal(tensorAt(after, after.operators[0]?.outputs[0] ?? -1).shape.at(-1), left);
    }
  });
});
