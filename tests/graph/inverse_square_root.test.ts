import { strict as assert } from "node:assert";
import { inverseSquareRoot } from "../../codegen/graph/inverse_square_root.ts";
import { kernelModule } from "../kernels/kernel_module.ts";
import { randomOf } from "../ops/random_values.ts";

const VALUES = (() => {
  const random = randomOf(32);
  const powers = Array.from({ length: 31 }, (_, bits) => 2 ** bits);
  const near = powers.flatMap((power) => [power - 1, power, power + 1]);
  const others = Array.from({ length: 500 }, () => random.int(2, 2 ** random.int(2, 31) - 1));
  return [...near, ...others, 2 ** 31 - 1];
})();

describe("inverse square root", () => {
  it("is 1 / √x to 2^-18", () => {
    for (const value of VALUES) {
      const { multiplier, shift } = inverseSquareRoot(value);
      const found = multiplier * 2 ** (shift - 31) * Math.sqrt(value);
      assert.ok(value < 2 || Math.abs(found - 1) < 2 ** -18, `${value}: ${found}`);
    }
    for (const value of [0, 1])
      assert.deepEqual(inverseSquareRoot(value), { multiplier: 2 ** 31 - 1, shift: 0 });
  });

  it("of the kernels is the reference's", async () => {
    const kernel = (await kernelModule()).kernel("inverse_square_root");
    for (const value of VALUES) {
      const { multiplier, shift } = inverseSquareRoot(value);
      const found = BigInt(kernel(value));
      assert.deepEqual([Number(found & 0xffffffffn), Number(found >> 32n)], [multiplier, shift], `${value}`);
    }
  });
});
