/** Convolutions and products whose sums are rounded once: every kernel gives the reference's bytes. */

import assert from "node:assert/strict";
import { fixedFactor, onceFactor, requantize, requantizeOnce } from "../../codegen/graph/fixed_point.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { randomConvolution } from "./convolutions.ts";
import { assertGraphMatches, graphOf } from "./file_operator.ts";
import { randomOf } from "./random_values.ts";

/** The graph with every sum rounded once. */
function once(graph: Graph): Graph {
  const operators = graph.operators.map((operator) => ({
    ...operator,
    attributes: { ...(operator.attributes as object), rounding: "once" },
  }));
  return { ...graph, operators };
}

describe("rounding once", () => {
  it("gives the nearest integer, halves up, where two roundings may not", () => {
    // 256 · 1/512 is a half; 127 · 1/254 is one too, but its multiplier is rounded.
    const half = fixedFactor(1 / 512);
    assert.deepEqual(
      [256, -256, 768, -768].map((value) => requantizeOnce(value, half)),
      [1, 0, 2, -1],
    );
    const random = randomOf(3);
    let differ = 0;
    for (let n = 0; n < 20_000; n++) {
      const factor = fixedFactor(2 ** -random.int(2, 12) * (0.5 + random.real() / 2));
      const real = factor.multiplier * 2 ** (factor.shift - 31);
      const value = random.int(-100_000, 100_000);
      assert.equal(requantizeOnce(value, factor), Math.floor(value * real + 0.5));
      if (requantize(value, factor) !== requantizeOnce(value, factor)) differ += 1;
    }
    assert.ok(differ > 100, `${differ} differ`);
  });

  it("needs no kernel of its own where accumulators stay small", () => {
    const random = randomOf(4);
    for (let n = 0; n < 20_000; n++) {
      const factor = 2 ** -random.int(0, 7) * (0.5 + random.real() / 2);
      const value = random.int(-30_000, 30_000);
      // 2^-32 of a factor that small is less than any distance from a half that a random product has.
      assert.equal(requantize(value, onceFactor(factor)), Math.floor(value * factor + 0.5));
    }
  });

  const kinds = ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"] as const;
  const random = randomOf(99);
  const graph = once(
    graphOf(
      Array.from({ length: 24 }, (_, n) => randomConvolution(random, { kind: kinds[n % 3] ?? "CONV_2D" })),
    ),
  );

  for (const [name, kernels] of [
    ["portable", ["conv_2d_s8", "depthwise_conv_2d_s8"]],
    ["node", ["conv_2d_s8_simd128", "depthwise_conv_2d_s8_simd128", "fully_connected_s8_simd128"]],
  ] as const) {
    it(`is what the kernels of ${name} do`, async () => {
      const used = await assertGraphMatches(graph, { target: TARGETS[name] });
      for (const kernel of kernels) assert.ok(used.has(kernel), `${kernel} ran`);
    });
  }
});
