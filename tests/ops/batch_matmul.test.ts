import { strict as assert } from "node:assert";
import { bytesOf, type Tensor } from "../../codegen/graph/tensor.ts";
import { batchMatmul } from "../../codegen/ops/batch_matmul.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { extremeValues, type Random, randomOf, randomValues } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

interface Product {
  readonly adjX?: boolean;
  readonly adjY?: boolean;
}

function product(x: Tensor, y: Tensor, output: Tensor, { adjX = false, adjY = false }: Product = {}) {
  return {
    spelling: "BATCH_MATMUL",
    inputs: [x, y],
    outputs: [output],
    options: { adjX: Number(adjX), adjY: Number(adjY) },
  } satisfies FileOperatorCase;
}

function randomProduct(random: Random, dtype: "int8" | "int16", rows = 6): FileOperatorCase {
  const batch = Array.from({ length: random.int(0, 3) }, () => random.int(1, 3));
  const [m, k, n] = [random.int(1, rows), random.int(1, 12), random.int(1, 9)];
  const [adjX, adjY] = [random.real() < 0.4, random.real() < 0.5];
  const operand = (matrix: number[], exchanged: boolean): Tensor => {
    const rank = random.pick([batch.length, batch.length, random.int(0, batch.length)]);
    const sizes = batch.slice(batch.length - rank).map((size) => (random.real() < 0.7 ? size : 1));
    const shape = [...sizes, ...(exchanged ? matrix.reverse() : matrix)];
    const scale = random.pick([0.05, 0.01, 0.3]);
    const zeroPoint = dtype === "int16" ? 0 : random.pick([0, -128, 127, random.int(-128, 127)]);
    const made = tensor(shape, dtype === "int16" ? scale / 300 : scale, zeroPoint, dtype);
    return random.real() < 0.2 ? { ...made, data: bytesOf(randomValues(made, random)) } : made;
  };
  const x = operand([m, k], adjX);
  let y = operand([k, n], adjY);
  if (x.data && y.data) y = tensor(y.shape, 0.05, 0, dtype);
  const rank = Math.max(x.shape.length, y.shape.length) - 2;
  const outer = Array.from({ length: rank }, (_, d) =>
    Math.max(...[x, y].map(({ shape }) => shape[d - rank + shape.length - 2] ?? 1)),
  );
  const scale = random.pick([0.1, 0.9, 0.02]) / (dtype === "int16" ? 300 : 1);
  const output = tensor([...outer, m, n], scale, dtype === "int16" ? 0 : random.int(-128, 127), dtype);
  return product(x, y, output, { adjX, adjY });
}

function randomProducts(dtype: "int8" | "int16", count: number, seed: number, rows?: number) {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => randomProduct(random, dtype, rows));
}

const cases = [...randomProducts("int8", 14, 3), ...randomProducts("int16", 7, 4)];

describe("batch_matmul", () => {
  for (const name of ["batch_matmul_3d", "batch_matmul_4d", "batch_matmul_const_4d", "batch_matmul_tb"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("gives the golden outputs of i16_batch_matmul", function () {
    assertGolden(this, "i16_batch_matmul");
  });

  it("multiplies matrices without their zero points", () => {
    // Rows (1, 2), (3, 4) times columns (1, 0), (2, −1), (0, 3); steps of 1 from 10.
    const [x, y] = [Int8Array.of(2, 3, 4, 5), Int8Array.of(-1, 0, -2, -2, -3, 1)];
    const output = tensor([1, 2, 3], 1, 10);
    const plain = product(tensor([1, 2, 2], 1, 1), tensor([2, 3], 1, -2), output);
    const expected = [Int8Array.of(11, 10, 16, 13, 12, 22)];
    assert.deepEqual(reference(plain, x, y), expected);
    const transposed = product(tensor([1, 2, 2], 1, 1), tensor([3, 2], 1, -2), output, {
      adjX: true,
      adjY: true,
    });
    assert.deepEqual(
      reference(transposed, Int8Array.of(2, 4, 3, 5), Int8Array.of(-1, -2, 0, -3, -2, 1)),
      expected,
    );
  });

  it("rounds int8 sums twice and int16 sums once, and saturates", () => {
    // A quarter of −10 is −5 halves after the first rounding, so −3 after the second; one rounding would give −2.
    const quarter = product(tensor([1, 1, 1], 0.25, 0), tensor([1, 1, 1], 1, 0), tensor([1, 1, 1], 1, 0));
    assert.deepEqual(reference(quarter, Int8Array.of(-10), Int8Array.of(1)), [Int8Array.of(-3)]);
    assert.deepEqual(reference(quarter, Int8Array.of(-128), Int8Array.of(127)), [Int8Array.of(-128)]);
    const wide = (scale: number) => tensor([1, 1, 1], scale, 0, "int16");
    const wideHalves = product(wide(0.5), wide(1), wide(1));
    assert.deepEqual(reference(wideHalves, Int16Array.of(-5), Int16Array.of(1)), [Int16Array.of(-2)]);
    assert.deepEqual(reference(wideHalves, Int16Array.of(300), Int16Array.of(300)), [Int16Array.of(32767)]);
  });

  it("repeats a matrix where a batch dimension is 1 or missing", () => {
    const plain = (shape: number[]) => tensor(shape, 1, 0);
    const broadcast = product(plain([2, 1, 1, 1]), plain([3, 1, 1]), plain([2, 3, 1, 1]));
    assert.deepEqual(reference(broadcast, Int8Array.of(2, 5), Int8Array.of(1, 2, 3)), [
      Int8Array.of(2, 4, 6, 5, 10, 15),
    ]);
  });

  it("gives the shape of the product of its operands", () => {
    const shapes = (x: number[], y: number[], attributes = { adjX: false, adjY: false }) =>
      batchMatmul.shapes?.({ attributes, inputs: [tensor(x), tensor(y)] });
    assert.deepEqual(shapes([2, 1, 3, 4], [5, 4, 6]), [[2, 5, 3, 6]]);
    assert.deepEqual(shapes([4, 3], [6, 4], { adjX: true, adjY: true }), [[3, 6]]);
  });

  for (const target of [TARGETS.portable, TARGETS.node])
    it(`gives the reference's bytes for random shapes on ${target.name}`, async () => {
      const kernels = await assertModulesMatch(cases, { target });
      assert.ok(kernels.has("batch_matmul_s16"));
      await assertOverlapsHold(cases, target);
    });

  it("gives the reference's bytes with every kernel that fits", async () => {
    const kernels = new Set(["batch_matmul_s8", "batch_matmul_s16", "batch_matmul_s8_simd128"]);
    assert.deepEqual(await checkCases(cases), kernels);
    await checkCases(cases, { contents: extremeValues });
  });

  it("refuses other types, shapes and scales", () => {
    const int8 = (...shape: number[]) => tensor(shape);
    const int16 = (scale: number, zeroPoint = 0) => tensor([1, 1], scale, zeroPoint, "int16");
    const refused = (x: Tensor, y: Tensor, output: Tensor, sentence: RegExp) =>
      assertRefused(product(x, y, output), sentence);
    refused(int8(2, 3), tensor([3, 2], 1, 0, "int16"), int8(2, 2), /found int8, int16 and int8/);
    refused(int8(3), int8(3, 2), int8(2), /at least 2 dimensions, found 3 and 3×2/);
    refused(int8(2, 3), int8(2, 3), int8(2, 3), /rows on the right, found 2×3 and 2×3/);
    refused(int8(2, 2, 3), int8(3, 3, 3), int8(2, 2, 3), /shapes that broadcast, found 2 and 3/);
    refused(int8(2, 3), int8(3, 2), int8(2, 3), /output of 2×2, found 2×3/);
    refused(int8(1, 40000), int8(40000, 1), int8(1, 1), /at most 32768 products, found 40000/);
    refused(int8(70, 1, 2, 1, 2, 2), int8(2, 1, 2, 2, 2), int8(70, 2, 2, 2, 2, 2), /more than 64 pieces/);
    refused(int16(1, 2), int16(1), int16(1), /zero points of 0, found 2, 0, 0/);
    refused(int16(200), int16(200), int16(1), /factor is below 2\^14, found 16 bits/);
    assertRefused({ ...product(int8(1, 1), int8(1, 1), int8(1, 1)), inputs: [int8(1, 1)] }, /found 1 and 1/);
  });
});
