import { strict as assert } from "node:assert";
import {
  arcTangent,
  cos,
  erfc,
  exp,
  expMinusOne,
  log,
  power,
  sin,
  tanh,
} from "../../codegen/graph/elementary.ts";
import { randomOf } from "../ops/random_values.ts";

/** Asserts that both functions agree to a few units of the last place of a double. */
function assertNear(found: number, expected: number, what: string): void {
  const error = Math.abs(found - expected) / (Math.abs(expected) || 1);
  assert.ok(error <= 8 * Number.EPSILON, `${what}: ${found} instead of ${expected}`);
}

/** Numbers of all sizes from 10^-6 to 300, of both signs. */
const NUMBERS = (() => {
  const random = randomOf(31);
  return Array.from({ length: 3000 }, () => random.pick([1, -1]) * 10 ** (random.real() * 8.4 - 6));
})();

describe("elementary functions", () => {
  it("exp, e^x − 1, log and tanh are those of the machine", () => {
    for (const x of NUMBERS) {
      assertNear(exp(x), Math.exp(x), `exp ${x}`);
      assertNear(expMinusOne(x), Math.expm1(x), `expm1 ${x}`);
      assertNear(log(Math.abs(x)), Math.log(Math.abs(x)), `log ${x}`);
      assertNear(tanh(x), Math.tanh(x), `tanh ${x}`);
    }
  });

  it("powers and the arc tangent are those of the machine", () => {
    const random = randomOf(32);
    for (const x of NUMBERS) {
      assertNear(arcTangent(x), Math.atan(x), `atan ${x}`);
      const whole = random.int(-8, 8);
      assert.ok(Math.abs(power(x, whole) / x ** whole - 1) < 1e-14, `${x} ** ${whole}`);
      const y = random.pick([0.5, -1.5, 0.3, -2.7, 3.1]);
      const [found, wanted] = [power(Math.abs(x), y), Math.abs(x) ** y];
      assert.ok(Math.abs(found / wanted - 1) < 1e-13, `${x} ** ${y}: ${found} instead of ${wanted}`);
    }
    assert.deepEqual(
      [power(-2, 3), power(-8, 1 / 3), power(-3, 71), power(-3, 70)],
      [-8, Number.NaN, -power(3, 71), power(3, 70)],
    );
    assert.deepEqual([power(0, 0), power(0, 2.3), power(0, -1), power(0, -1.3)], [1, 0, Infinity, Infinity]);
    assert.deepEqual([arcTangent(Infinity), arcTangent(Number.NaN)], [Math.PI / 2, Number.NaN]);
  });

  it("erfc is that of the tables", () => {
    const values = [
      [-1, 1.842700792949715],
      [-0.3, 1.3286267594591274],
      [0, 1],
      [0.5, 0.4795001221869535],
      [2, 0.004677734981047266],
      [3, 2.2090496998585438e-5],
      [10, 2.088487583762545e-45],
    ] as const;
    for (const [x, expected] of values) assertNear(erfc(x), expected, `erfc ${x}`);
  });

  it("sine and cosine are those of the machine, up to the largest numbers", () => {
    const near = [1, 2, 3, 7, 355, 1e6].flatMap((turns) => [turns * Math.PI, (turns - 0.5) * Math.PI]);
    for (const number of [...NUMBERS, ...near, 1e22, 2 ** 127, 3.4e38]) {
      const x = Math.fround(number);
      // Near a multiple of π the rest of the argument has 62 bits below the point, which a float32 result needs not all.
      for (const [found, expected] of [[sin(x), Math.sin(x)] as const, [cos(x), Math.cos(x)] as const]) {
        assert.ok(Math.abs(found - expected) <= 2 * Number.EPSILON, `${x}: ${found} instead of ${expected}`);
        assert.ok(Math.abs(found / expected - 1) <= 2 ** -30, `${x}: ${found} instead of ${expected}`);
      }
    }
    assert.deepEqual([sin(-0), cos(0), sin(Infinity), cos(-Infinity)], [-0, 1, Number.NaN, Number.NaN]);
  });

  it("have values for arguments of any size", () => {
    assert.deepEqual([log(0), log(-1), log(Infinity)], [-Infinity, Number.NaN, Infinity]);
    assert.deepEqual([tanh(1e30), tanh(-Infinity), erfc(1e30), erfc(-1e30)], [1, -1, 0, 2]);
    assert.ok(exp(-Infinity) < 1e-300 && exp(Infinity) > 1e300 && Object.is(tanh(-0), -0));
  });
});
