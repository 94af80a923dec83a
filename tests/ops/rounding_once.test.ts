/** Convolutions and products whose sums are rounded once: every kernel gives the reference's bytes. */

import assert from "node:assert/strict";
import { OperatorFault } from "../../codegen/error.ts";
import { codedAs, codingOf } from "../../codegen/graph/coding.ts";
import { fixedFactor, onceFactor, requantize, requantizeOnce } from "../../codegen/graph/fixed_point.ts";
import { type Graph, layerOf } from "../../codegen/graph/graph.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { softmax } from "../../codegen/ops/softmax.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { randomConvolution } from "./convolutions.ts";
import { assertGraphMatches, type FileOperatorCase, graphOf, tensor } from "./file_operator.ts";
import { type Random, randomOf, randomValues } from "./random_values.ts";
import { checkVariants, layer } from "./variant_harness.ts";

/** A product of two activations. */
function product(random: Random): FileOperatorCase {
  const [rows, depth, columns] = [random.int(1, 9), random.int(1, 40), random.int(1, 17)];
  const scale = (0.05 * 0.04 * 74 * 74 * Math.sqrt(depth)) / 60;
  return {
    spelling: "BATCH_MATMUL",
    inputs: [
      tensor([2, rows, depth], 0.05, random.int(-128, 127)),
      tensor([2, depth, columns], 0.04, random.int(-128, 127)),
    ],
    outputs: [tensor([2, rows, columns], scale, random.int(-128, 127))],
  };
}

const elementwise = (random: Random): FileOperatorCase => ({
  spelling: "MUL",
  inputs: [tensor([4, 50], 0.05, random.int(-128, 127)), tensor([50], 0.04, random.int(-128, 127))],
  outputs: [tensor([4, 50], 0.1 + random.real(), 7)],
});

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
    graphOf([
      ...Array.from({ length: 6 }, () => product(random)),
      elementwise(random),
      ...Array.from({ length: 24 }, (_, n) => randomConvolution(random, { kind: kinds[n % 3] ?? "CONV_2D" })),
    ]),
  );

  for (const [name, kernels] of [
    ["portable", ["conv_2d_s8", "depthwise_conv_2d_s8", "batch_matmul_s8", "binary_quantized"]],
    [
      "node",
      [
        "conv_2d_s8_simd128",
        "depthwise_conv_2d_s8_simd128",
        "fully_connected_s8_simd128",
        "batch_matmul_s8_simd128",
      ],
    ],
  ] as const) {
    it(`is what the kernels of ${name} do`, async () => {
      const used = await assertGraphMatches(graph, { target: TARGETS[name] });
      for (const kernel of kernels) assert.ok(used.has(kernel), `${kernel} ran`);
    });
  }

  it("refuses factors with which results would leave int32", () => {
    for (const { kind, index } of graph.operators.map((operator, n) => ({ ...operator, index: n }))) {
      const operator = graph.operators[index];
      const descriptor = operator && descriptorOf(operator);
      if (!operator || !descriptor || kind === "mul") continue;
      const entry = layerOf(graph, operator);
      descriptor.check(entry);
      const outputs = entry.outputs.map((output) => ({
        ...output,
        ...codedAs({ ...codingOf(output), scale: 1e-12 }),
      }));
      assert.throws(
        () => descriptor.check({ ...entry, outputs }),
        (error: unknown) =>
          error instanceof OperatorFault && /results below 2\^30 steps/.test(error.sentence),
        kind,
      );
    }
  });

  it("is what softmax does for outputs of any scale", async () => {
    const draw = (random: Random) => {
      const shape = [3, random.int(1, 20)];
      const input = tensor(shape, random.pick([0.01, 0.1, 0.7]), 5);
      const output = tensor(shape, random.pick([1 / 255, 1 / 300, 0.001]), random.pick([-128, 0, -100]));
      return {
        layer: layer("softmax", { beta: 1, rescale: true }, [input], [output]),
        inputs: [randomValues(input, random)],
      };
    };
    assert.deepEqual(await checkVariants(softmax, draw, { rounds: 30, seed: 3 }), new Set(["softmax_s8"]));
    const random = randomOf(8);
    let differ = 0;
    for (let n = 0; n < 200; n++) {
      const { layer: entry, inputs } = draw(random);
      softmax.check(entry);
      const [input, output] = [entry.inputs[0], entry.outputs[0]].map((t) => t?.quantization);
      const found = softmax.evaluate(entry, inputs)[0] ?? [];
      const depth = entry.inputs[0]?.shape[1] ?? 1;
      const powers = Array.from(inputs[0] as Int8Array, (q) => Math.exp((input?.scales[0] ?? 1) * q));
      powers.forEach((power, at) => {
        const row = powers.slice(at - (at % depth), at - (at % depth) + depth);
        const share = power / row.reduce((sum, value) => sum + value, 0);
        const wanted = Math.round(share / (output?.scales[0] ?? 1)) + (output?.zeroPoints[0] ?? 0);
        const distance = Math.abs(Math.min(127, wanted) - Number(found[at]));
        assert.ok(distance <= 1);
        if (distance > 0) differ += 1;
      });
    }
    assert.ok(differ < 10, `${differ} differ by 1`);
  });
});
