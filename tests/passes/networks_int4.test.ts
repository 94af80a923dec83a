import { strict as assert } from "node:assert";
import { type Graph, layerOf, tensorAt } from "../../codegen/graph/graph.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { dropDeadChannels } from "../../codegen/passes/drop_dead_channels.ts";
import { mergePad } from "../../codegen/passes/merge_pad.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS, type Target } from "../../codegen/plan/target.ts";
import { networkWithInt4 } from "../ops/convolutions_int4.ts";
import { randomNetwork } from "../random_network.ts";
import { ALL_PASSES, assertExact, carriedModel } from "./exact.ts";

const NETWORKS: readonly Graph[] = Array.from({ length: 200 }, (_, seed) =>
  networkWithInt4(randomNetwork(seed)),
);

/** Type and size of each filter that is a constant of 4 bits or 8. */
function filters(graph: Graph): string[] {
  return graph.operators.flatMap(({ kind, inputs: [, id = -1] }) => {
    if (!["conv_2d", "depthwise_conv_2d", "fully_connected"].includes(kind)) return [];
    const { dtype, shape, data } = tensorAt(graph, id);
    const bytes = Math.ceil(shape.reduce((product, size) => product * size, 1) / 2);
    return [`${dtype} ${data?.length === bytes}`];
  });
}

describe("passes on networks with int4 weights", () => {
  it("keep the outputs of random networks, alone and together", () => {
    const changed = [dropDeadChannels, mergePad, ALL_PASSES].map(
      (pass) =>
        NETWORKS.filter((graph, seed) => assertExact(pass, graph, `int4 network ${seed}`) !== graph).length,
    );
    assert.ok((changed[0] ?? 0) > 50 && (changed[2] ?? 0) > 100, `${changed} networks changed`);
  });

  it("leave filters int4, and operators that their descriptors take", () => {
    for (const graph of NETWORKS) {
      const after = ALL_PASSES.run(graph);
      assert.deepEqual(
        [...new Set(filters(after))].filter((found) => found !== "int4 true"),
        [],
      );
      for (const operator of after.operators) descriptorOf(operator).check(layerOf(after, operator));
    }
  });
});

/** Bytes of weights, biases and factors in a network's module. */
function weightBytes(graph: Graph, target: Target): number {
  const { memory } = makePlan(graph, { target, inline: "all" });
  return memory.constants.reduce((sum, { bytes, role }) => sum + (role === "weights" ? bytes.length : 0), 0);
}

describe("a network with int4 weights", () => {
  it("takes at most 0.56 of the weight bytes of the same one with int8", () => {
    const graph = carriedModel("digits");
    for (const target of [TARGETS.portable, TARGETS.node]) {
      const ratio = weightBytes(networkWithInt4(graph), target) / weightBytes(graph, target);
      assert.ok(ratio <= 0.56, `${ratio} on ${target.name}`);
    }
  });
});
