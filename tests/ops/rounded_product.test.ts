import { strict as assert } from "node:assert";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { requantizeWide } from "../../codegen/graph/fixed_point.ts";
import type { Operator } from "../../codegen/graph/graph.ts";
import { valuesOf } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { type Range, roundedProduct, stepFactor } from "../../codegen/ops/families/rounded_product.ts";
import { conformanceCase, conformanceFile, conformanceNetwork } from "../conformance/conformance.ts";
import { sampleOf } from "../golden.ts";
import { randomOf } from "./random_values.ts";

/** Asserts that a factor's integers give the rounded product of every sum, as far as results are not cut off. */
function assertSteps(factor: number, sums: Range, results: Range): void {
  const found = stepFactor(factor, sums, results);
  assert.ok(found, `no integers for ${factor}`);
  assert.ok(found.multiplier >= 0 && found.multiplier < 2 ** 31 && found.shift >= -31 && found.shift <= 30);
  // Plus 0, since −0 is 0 to everyone else.
  const cut = (value: number) => Math.min(Math.max(value, results.low), results.high) + 0;
  for (let sum = sums.low; sum <= sums.high; sum++) {
    const value = requantizeWide(BigInt(sum), { multiplier: found.multiplier, exponent: 31 - found.shift });
    assert.equal(cut(value), cut(roundedProduct(sum, factor)), `${sum} · ${factor}`);
  }
}

describe("roundedProduct", () => {
  it("rounds halves away from zero", () => {
    const rounded = [-1.5, -0.5, -0.25, 0.5, 1.5, 2.25].map((value) => roundedProduct(1, value));
    assert.deepEqual(rounded, [-2, -1, -0, 1, 2, 2]);
    assert.equal(roundedProduct(1, 0.5 - 2 ** -54), 0);
  });
});

describe("stepFactor", () => {
  const RESULTS = { low: -128, high: 127 };

  it("rounds every sum as the product in doubles", () => {
    const random = randomOf(4);
    for (let round = 0; round < 60; round++) {
      const factor = 2 ** -random.int(0, 14) * (0.5 + random.real());
      const middle = random.int(-3000, 3000);
      assertSteps(factor, { low: middle - 3000, high: middle + 3000 }, RESULTS);
    }
  });

  it("does so where products are halves, and where they are next to one", () => {
    for (let exponent = 0; exponent < 12; exponent++) {
      for (const odd of [1, 3, 5, 127]) {
        for (const nudge of [0, 2 ** -30, -(2 ** -30)])
          assertSteps(odd * 2 ** -exponent * (1 + nudge), { low: -4000, high: 4000 }, RESULTS);
      }
    }
  });

  it("takes the largest sums, the smallest factors and single sums", () => {
    const top = 2 ** 31 - 1;
    for (const factor of [4e-8, 2 ** -31, 2 ** -40, 1e-30]) {
      assertSteps(factor, { low: top - 500, high: top }, RESULTS);
      assertSteps(factor, { low: -top, high: -top + 500 }, RESULTS);
    }
    assertSteps(1 - 2 ** -40, { low: -300, high: 300 }, RESULTS);
    assertSteps(2 ** 20, { low: -3, high: 3 }, RESULTS);
    assertSteps(0.37, { low: 77, high: 77 }, RESULTS);
    assertSteps(0.37, { low: -900, high: 900 }, { low: 0, high: 60 });
  });

  it("says where there is none", () => {
    assert.equal(stepFactor(2 ** 31, { low: -1, high: 1 }, RESULTS), undefined);
    // Each step must be between two sums that follow each other: more than 31 bits of the factor matter.
    assert.equal(
      stepFactor(2 ** -24 * 1.2345678901234, { low: -(2 ** 31), high: 2 ** 31 - 1 }, RESULTS),
      undefined,
    );
  });
});

describe("fully connected layers by LiteRT's contract", () => {
  for (const name of ["dense_3d", "dense_4d", "dense_batch4", "dense_big"]) {
    it(`${name} gives what LiteRT gives, not TFLite Micro`, function () {
      const entry = conformanceCase(name);
      if (!entry) return this.skip();
      const { model, samples, inputs } = conformanceNetwork(entry);
      const imported = importModel(model, { file: `${name}.tflite` });
      const byProduct = (operator: Operator) => ({
        ...operator,
        attributes: { ...(operator.attributes as object), rounding: "product" },
      });
      const graph = { ...imported, operators: imported.operators.map(byProduct) };
      const wanted = conformanceFile(`${name}/output0.litert.bin`);
      for (let sample = 0; sample < samples; sample++) {
        const input = valuesOf("int8", sampleOf(inputs[0] ?? new Uint8Array(), sample, samples));
        const [found] = evaluateGraph(graph, [input]);
        assert.deepEqual(found, valuesOf("int8", sampleOf(wanted, sample, samples)));
      }
    });
  }
});
