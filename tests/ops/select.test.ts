import { strict as assert } from "node:assert";
import { broadcastShape } from "../../codegen/ops/families/broadcast.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

type Shape = readonly number[];

function selected(
  spelling: string,
  [condition, a, b]: readonly [Shape, Shape, Shape],
  output: Shape,
  dtype: "int8" | "int16" | "int32" | "int64" = "int8",
): FileOperatorCase {
  const inputs = [tensor(condition, 1, 0, "bool"), tensor(a, 0.1, 0, dtype), tensor(b, 0.1, 0, dtype)];
  return { spelling, inputs, outputs: [tensor(output, 0.1, 0, dtype)] };
}

function randomCases(count: number): FileOperatorCase[] {
  const random = randomOf(21);
  return Array.from({ length: count }, () => {
    const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 4));
    const cut = () =>
      shape
        .map((size) => (random.real() < 0.7 ? size : 1))
        .slice(random.pick([0, 0, random.int(0, shape.length - 1)]));
    const dtype = random.pick<"int8" | "int16" | "int32" | "int64">(["int8", "int16", "int32", "int64"]);
    const leading = random.real() < 0.3;
    const condition = random.pick([shape, shape.slice(0, 1), []]);
    if (leading) return selected("SELECT", [condition, shape, shape], shape, dtype);
    const shapes = [cut(), cut(), cut()] as const;
    return selected("SELECT_V2", shapes, broadcastShape(...shapes), dtype);
  });
}

describe("select", () => {
  it("gives the golden outputs of select_greater", function () {
    assertGolden(this, "select_greater");
  });

  it("takes one element or the other; a condition of one dimension is the first's in SELECT, the last's in SELECT_V2", () => {
    const values = [Uint8Array.of(1, 0), Int8Array.of(1, 2, 3, 4), Int8Array.of(-1, -2, -3, -4)];
    const shapes = [[2], [2, 2], [2, 2]] as const;
    assert.deepEqual(reference(selected("SELECT", shapes, [2, 2]), ...values), [Int8Array.of(1, 2, -3, -4)]);
    assert.deepEqual(reference(selected("SELECT_V2", shapes, [2, 2]), ...values), [
      Int8Array.of(1, -2, 3, -4),
    ]);
    const rows = selected("SELECT_V2", [[2, 1], [1], [2]], [2, 2]);
    assert.deepEqual(reference(rows, Uint8Array.of(0, 7), Int8Array.of(9), Int8Array.of(1, 2)), [
      Int8Array.of(1, 2, 9, 9),
    ]);
  });

  it("gives the reference's bytes for random shapes and types, with every kernel that fits", async () => {
    const cases = randomCases(24);
    assert.deepEqual(await assertModulesMatch(cases), new Set(["select_elements"]));
    await assertOverlapsHold(cases);
    assert.deepEqual(await checkCases(cases), new Set(["select_elements"]));
  });

  it("refuses other types, shapes and numbers of inputs", () => {
    const entry = selected("SELECT_V2", [[2], [2], [2]], [2]);
    assertRefused({ ...entry, inputs: entry.inputs.slice(1) }, /3 inputs, found 2/);
    assertRefused(
      { ...entry, inputs: entry.inputs.map(() => tensor([2])) },
      /bool condition .* found int8, int8, int8/,
    );
    assertRefused(
      { ...entry, outputs: [tensor([2], 1, 0, "int16")] },
      /one type for the rest, found bool, int8, int8 and int16/,
    );
    assertRefused({ ...entry, outputs: [tensor([3])] }, /output of 2, found 3/);
    assertRefused({ ...entry, outputs: [] }, /1 output, found 0/);
    assertRefused(selected("SELECT", [[2], [2], [1]], [2]), /one shape to select from, found 2 and 1/);
  });
});
