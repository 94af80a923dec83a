import { strict as assert } from "node:assert";
import { expOnNegative, logistic, oneOverOnePlus, tanh } from "../../codegen/graph/fixed_point_functions.ts";

const Q31 = 2 ** 31;

/** The largest distance of a fixed-point function from a real one, over `raw` from `low` to `high`. */
function distance(
  [low, high, step]: readonly [number, number, number],
  integerBits: number,
  fixed: (raw: number, integerBits: number) => number,
  real: (value: number) => number,
): number {
  let most = 0;
  for (let raw = low; raw <= high; raw += step) {
    most = Math.max(most, Math.abs(fixed(raw, integerBits) / Q31 - real(raw / 2 ** (31 - integerBits))));
  }
  return most;
}

describe("fixed-point functions", () => {
  it("come close to the real ones", () => {
    for (const integerBits of [4, 5]) {
      assert.ok(distance([-(2 ** 31), 0, 1234567], integerBits, expOnNegative, Math.exp) < 1e-6);
    }
    assert.ok(distance([0, Q31 - 1, 12345678], 0, oneOverOnePlus, (x) => 1 / (1 + x)) < 1e-6);
    const range = [-(2 ** 31), Q31 - 1, 7654321] as const;
    assert.ok(distance(range, 4, logistic, (x) => 1 / (1 + Math.exp(-x))) < 1e-6);
    assert.ok(distance(range, 4, tanh, Math.tanh) < 1e-6);
  });

  it("are exact where they must be, and odd", () => {
    assert.equal(expOnNegative(0, 5), Q31 - 1);
    assert.equal(logistic(0, 4), 2 ** 30);
    assert.equal(tanh(0, 4), 0);
    for (let raw = 1; raw < Q31; raw *= 3) {
      assert.equal(tanh(-raw, 4), -tanh(raw, 4));
      assert.equal(logistic(-raw, 4), Q31 - 1 - logistic(raw, 4));
    }
  });
});
