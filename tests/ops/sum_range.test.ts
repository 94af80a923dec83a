/** The sums that layers of products can have: reached by inputs that the weights' signs ask for, never left by any. */

import { strict as assert } from "node:assert";
import { randomNumbers } from "../../codegen/cli/random_inputs.ts";
import { compileModel } from "../../codegen/index.ts";
import { sumRangeOf } from "../../codegen/ops/families/sum_range.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { ownModel } from "../networks.ts";

type Problem = Parameters<typeof sumRangeOf>[0];

const TYPES = { int8: [-128, 127], uint8: [0, 255], int16: [-32768, 32767] } as const;

describe("ranges of sums", () => {
  const random = randomNumbers(11);
  const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
  const randomProblem = (dtype: keyof typeof TYPES): Problem => {
    const [filters, depth] = [between(1, 5), between(1, 20)];
    return {
      input: { dtype } as Problem["input"],
      filters,
      weights: Int8Array.from({ length: filters * depth }, () => between(-128, 127)),
      bias: Array.from({ length: filters }, () => between(-50_000, 50_000)),
      wide: dtype === "int16",
    };
  };
  const sum = ({ weights, filters, bias }: Problem, filter: number, inputOf: (weight: number) => number) => {
    const depth = weights.length / filters;
    const own = [...weights.subarray(filter * depth, (filter + 1) * depth)];
    return own.reduce((total, weight) => total + weight * inputOf(weight), bias[filter] ?? 0);
  };

  for (const dtype of ["int8", "uint8", "int16"] as const) {
    it(`of ${dtype}: no input leaves them, and some reach their ends`, () => {
      const [least, most] = TYPES[dtype];
      for (let round = 0; round < 200; round++) {
        const problem = randomProblem(dtype);
        const range = sumRangeOf(problem);
        assert.ok(range);
        const filters = Array.from({ length: problem.filters }, (_, filter) => filter);
        const extreme = (up: boolean) =>
          filters.map((filter) => sum(problem, filter, (weight) => (weight > 0 === up ? most : least)));
        assert.equal(range.low, Math.min(...extreme(false)));
        assert.equal(range.high, Math.max(...extreme(true)));
        assert.equal(range.bits, dtype === "int16" ? 64 : 32);
        for (const filter of filters) {
          const found = sum(problem, filter, () => between(least, most));
          assert.ok(found >= range.low && found <= range.high);
        }
      }
    });
  }

  it("are not said of floats", () => {
    assert.equal(
      sumRangeOf({ ...randomProblem("int8"), input: { dtype: "float32" } as Problem["input"] }),
      undefined,
    );
  });

  it("are in the report of every layer of products, and of no other", async function () {
    this.timeout(120_000);
    const { report } = await compileModel(ownModel("digits").model, {
      file: "digits.tflite",
      optimize: "size",
    });
    const products = ["conv_2d", "depthwise_conv_2d", "fully_connected"];
    for (const { kind, sums, macs } of report.layers) {
      assert.equal(sums !== undefined, products.includes(kind), kind);
      if (!sums) continue;
      assert.ok(macs > 0 && sums.low < sums.high);
      assert.ok(sums.low >= -(2 ** 31) && sums.high < 2 ** 31);
    }
    assert.ok(report.layers.some(({ sums }) => sums));
  });

  it("are 64 bits wide where activations are int16", async function () {
    const entry = conformanceCase("i16_conv2d_s2_dil");
    if (!entry) return this.skip();
    const { report } = await compileModel(conformanceNetwork(entry).model, {
      file: "net.tflite",
      optimize: "size",
    });
    assert.deepEqual(
      report.layers.flatMap(({ sums }) => sums?.bits ?? []),
      [64],
    );
  });
});
