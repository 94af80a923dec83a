import { strict as assert } from "node:assert";
import * as reference from "../../codegen/graph/fixed_point.ts";
import { randomOf } from "../ops/random_values.ts";
import { type KernelModule, kernelModule } from "./kernel_module.ts";

const MAX = 2 ** 31 - 1;
const MIN = -(2 ** 31);
const EXTREMES = [0, 1, -1, 2 ** 30, -(2 ** 30), 2 ** 30 - 1, MAX, MAX - 1, MIN, MIN + 1] as const;
const MULTIPLIERS = [0, 2 ** 30, 2 ** 30 + 1, MAX, MAX - 1] as const;

/** Accumulators and multipliers, all pairs of extremes and many at random. */
function* pairs(): Generator<readonly [acc: number, multiplier: number]> {
  for (const acc of EXTREMES) for (const multiplier of MULTIPLIERS) yield [acc, multiplier];
  const random = randomOf(21);
  for (let index = 0; index < 300; index++) {
    const bits = random.int(1, 31);
    yield [random.int(-(2 ** bits), 2 ** bits - 1), random.int(2 ** 30, MAX)];
  }
}

describe("fixed-point arithmetic of the kernels", () => {
  let module: KernelModule;
  before(async () => {
    module = await kernelModule();
  });

  it("requantize is the reference's", () => {
    const requantize = module.kernel("requantize");
    for (const [acc, multiplier] of pairs()) {
      for (let shift = -31; shift <= 30; shift++) {
        const expected = reference.requantize(acc, { multiplier, shift }) | 0;
        assert.equal(requantize(acc, multiplier, shift), expected, `${acc}, ${multiplier}, ${shift}`);
      }
    }
  });

  it("requantize_right is the reference's", () => {
    const requantizeRight = module.kernel("requantize_right");
    for (const [acc, multiplier] of pairs()) {
      for (let exponent = 1; exponent <= 31; exponent++) {
        const expected = reference.requantize(acc, { multiplier, shift: -exponent });
        assert.equal(
          requantizeRight(acc, multiplier, exponent),
          expected,
          `${acc}, ${multiplier}, ${exponent}`,
        );
      }
    }
  });

  it("requantize_wide is the reference's", () => {
    const requantizeWide = module.kernel("requantize_wide");
    const random = randomOf(22);
    for (const [low, multiplier] of pairs()) {
      const acc = BigInt(low) * BigInt(2 ** random.int(0, 16));
      for (let shift = -31; shift <= 14; shift++) {
        const factor = reference.wideFactor({ multiplier, shift });
        const found = requantizeWide(acc, factor.multiplier, factor.exponent);
        assert.equal(found, reference.requantizeWide(acc, factor), `${acc}, ${multiplier}, ${shift}`);
      }
    }
  });

  it("requantize_lanes is the reference's wherever no accumulator is −2^31", () => {
    const all = [...pairs()].filter(([acc]) => acc !== MIN);
    const [values, parameters, output] = [4, 12, 4].map((words) => module.place(new Int32Array(words)));
    assert.ok(values && parameters && output);
    const check = (lanes: typeof all, exponent: number, uniform: number) => {
      const power = 2 ** ((uniform || 31) - exponent);
      module.write(
        values,
        Int32Array.from(lanes, ([acc]) => acc),
      );
      module.write(
        parameters + 16,
        Int32Array.from(lanes, ([, multiplier]) => multiplier),
      );
      module.write(parameters + 32, new Int32Array(4).fill(power));
      module.kernel("requantize_lanes_at")(output, values, parameters, uniform);
      const expected = lanes.map(([acc, multiplier]) =>
        reference.requantize(acc, { multiplier, shift: -exponent }),
      );
      assert.deepEqual([...module.int32At(output, 4)], expected, `${lanes}, ${exponent} of ${uniform}`);
    };
    for (let exponent = 1; exponent <= 31; exponent++) {
      for (let first = 0; first + 4 <= all.length; first += 4) {
        const lanes = all.slice(first, first + 4);
        check(lanes, exponent, 0);
        for (const uniform of [exponent, exponent + 3]) {
          const room = 2 ** 31 - 2 ** (uniform - 1);
          const small = ([acc]: readonly [number, number]) =>
            (Math.abs(acc) + 1) * 2 ** (uniform - exponent) < room;
          if (uniform <= 30 && lanes.every(small)) check(lanes, exponent, uniform);
        }
      }
    }
  });

  it("clamp keeps a value in its range", () => {
    const clamp = module.kernel("clamp");
    for (const value of EXTREMES) {
      assert.equal(clamp(value, -128, 127), reference.clamp(value, -128, 127));
      assert.equal(clamp(value, 5, 5), 5);
    }
    assert.equal(clamp(-7, -7, 9), -7);
    assert.equal(clamp(9, -7, 9), 9);
  });
});
