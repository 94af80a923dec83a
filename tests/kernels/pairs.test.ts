import { strict as assert } from "node:assert";
import { bytesOf } from "../../codegen/graph/tensor.ts";
import { fitsPairs, packPairs } from "../../codegen/ops/families/pairs.ts";
import { randomOf } from "../ops/random_values.ts";
import { type KernelModule, kernelModule } from "./kernel_module.ts";

type Vector = Int8Array | Int16Array;

/** Sums of up to eight rows with `x`, behind which lies garbage. */
function sumsOf(module: KernelModule, rows: readonly Int8Array[], x: Vector): Int32Array {
  const bytes = x.BYTES_PER_ELEMENT;
  const garbage = new Uint8Array(6).fill(0x5a);
  const at = module.place(Int8Array.from([...bytesOf(x), ...garbage]));
  const weights = module.place(Int8Array.from(packPairs(rows)));
  const sums = module.place(new Int32Array(8));
  const excess = module.kernel("pair_excess")(at, bytes, x.length);
  module.kernel("pair_sums")(at, bytes, x.length, excess, weights, sums);
  return module.int32At(sums, rows.length);
}

function assertExact(module: KernelModule, rows: readonly Int8Array[], x: Vector): void {
  const expected = rows.map((row) => row.reduce((sum, weight, k) => sum + weight * (x[k] ?? 0), 0));
  assert.deepEqual([...sumsOf(module, rows, x)], expected, `${rows} times ${x}`);
}

describe("products of pairs of rows", () => {
  let module: KernelModule;
  before(async () => {
    module = await kernelModule();
  });

  it("are exact for any int8 and int16 of any count, and for fewer than eight rows", () => {
    const random = randomOf(8);
    for (let round = 0; round < 200; round++) {
      const count = random.int(1, 40);
      const rows = Array.from({ length: random.int(1, 8) }, () =>
        Int8Array.from({ length: count }, () => random.int(-128, 127)),
      );
      assertExact(
        module,
        rows,
        Int8Array.from({ length: count }, () => random.int(-128, 127)),
      );
      assertExact(
        module,
        rows,
        Int16Array.from({ length: count }, () => random.int(-32768, 32767)),
      );
    }
  });

  it("are exact for the largest sums that fit, and fit no larger ones", () => {
    // 257 · 255 · 32768 is 2^31 − 2^15 · 1: one more does not fit.
    for (const [weight, most] of [
      [127, 257],
      [0, 511],
      [-64, 1023],
    ] as const) {
      const rows = (count: number) => Array.from({ length: 8 }, () => new Int8Array(count).fill(weight));
      assert.ok(fitsPairs(rows(most), 32768), `${most} weights of ${weight}`);
      assert.ok(!fitsPairs(rows(most + 1), 32768), `${most + 1} weights of ${weight}`);
      for (const value of [-32768, 32767]) assertExact(module, rows(most), new Int16Array(most).fill(value));
    }
  });
});
