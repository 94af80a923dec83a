import { strict as assert } from "node:assert";
import {
  bitsFor,
  fixedFactor,
  highMultiply,
  requantize,
  requantizeWide,
  roundingDivideByPot,
  wideFactor,
} from "../../codegen/graph/fixed_point.ts";
import { randomOf } from "../ops/random_values.ts";

const EDGES = [-(2 ** 31), -(2 ** 31) + 1, -(2 ** 30), -1, 0, 1, 2 ** 30, 2 ** 31 - 1] as const;

describe("fixed point", () => {
  it("multiplies exactly: as 64-bit integers do", () => {
    const random = randomOf(1);
    const any = () => (random.real() < 0.2 ? random.pick(EDGES) : random.int(-(2 ** 31), 2 ** 31 - 1));
    for (let round = 0; round < 20_000; round++) {
      const [a, b] = [any(), any()];
      const product = Number((BigInt(a) * BigInt(b) + (1n << 30n)) >> 31n);
      assert.equal(highMultiply(a, b), Math.min(product, 2 ** 31 - 1), `${a} · ${b}`);
    }
  });

  it("divides by powers of two with halves away from zero", () => {
    assert.deepEqual(
      [-6, -5, -3, -2, 2, 3, 5, 6].map((value) => roundingDivideByPot(value, 2)),
      [-2, -1, -1, -1, 1, 1, 1, 2],
    );
    assert.equal(roundingDivideByPot(-7, 0), -7);
  });

  it("splits a real factor and applies it", () => {
    assert.deepEqual(fixedFactor(0.75), { multiplier: 0.75 * 2 ** 31, shift: 0 });
    assert.deepEqual(fixedFactor(3), { multiplier: 0.75 * 2 ** 31, shift: 2 });
    assert.deepEqual(fixedFactor(2 ** -40), { multiplier: 0, shift: 0 });
    assert.equal(requantize(1001, fixedFactor(3)), 3003);
    assert.equal(requantize(-1000, fixedFactor(0.0105)), -11);
  });

  it("scales int64 accumulators by 16 bits of the multiplier, rounded once", () => {
    assert.deepEqual(wideFactor(fixedFactor(0.75)), { multiplier: 0.75 * 2 ** 15, exponent: 15 });
    assert.deepEqual(wideFactor({ multiplier: 2 ** 31 - 1, shift: -3 }), {
      multiplier: 0x7fff,
      exponent: 18,
    });
    const half = wideFactor(fixedFactor(0.5));
    assert.deepEqual(
      [-3n, -1n, 1n, 3n].map((value) => requantizeWide(value, half)),
      [-1, 0, 1, 2],
    );
    assert.equal(requantizeWide(2n ** 40n, wideFactor(fixedFactor(2 ** -20))), 2 ** 20);
  });

  it("counts the bits that a number needs", () => {
    assert.deepEqual([1, 2, 3, 4, 5, 0.3, 0.25, 2 ** 60].map(bitsFor), [0, 1, 2, 2, 3, -1, -2, 60]);
  });
});
