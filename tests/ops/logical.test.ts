import { strict as assert } from "node:assert";
import { binary, randomBinaries } from "./binary_operators.ts";
import { assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { checkCases } from "./variant_harness.ts";

const truth = (count: number) => tensor([count], 1, 0, "bool");
const negation = (count: number) => ({
  spelling: "LOGICAL_NOT",
  inputs: [truth(count)],
  outputs: [truth(count)],
});

const cases = [
  ...["LOGICAL_AND", "LOGICAL_OR"].flatMap((spelling, seed) =>
    randomBinaries(spelling, { count: 8, seed, dtype: "bool", fused: false }),
  ),
  negation(7),
];

describe("logical", () => {
  it("connects truth values; any byte but 0 is true", () => {
    const values = [Uint8Array.of(0, 0, 1, 2), Uint8Array.of(0, 1, 0, 4)];
    const connected = (spelling: string) =>
      reference(binary(spelling, [truth(4), truth(4)], truth(4)), ...values);
    assert.deepEqual(connected("LOGICAL_AND"), [Uint8Array.of(0, 0, 0, 1)]);
    assert.deepEqual(connected("LOGICAL_OR"), [Uint8Array.of(0, 1, 1, 1)]);
    assert.deepEqual(reference(negation(3), Uint8Array.of(0, 1, 255)), [Uint8Array.of(1, 0, 0)]);
  });

  it("gives the reference's bytes for random shapes, with every kernel that fits", async () => {
    assert.deepEqual(await assertModulesMatch(cases), new Set(["binary_plain"]));
    await assertOverlapsHold(cases);
    assert.deepEqual(await checkCases(cases), new Set(["binary_plain"]));
  });

  it("refuses other types and numbers of inputs", () => {
    assertRefused(
      binary("LOGICAL_AND", [tensor([2]), truth(2)], truth(2)),
      /bool tensors, found int8, bool and bool/,
    );
    assertRefused({ ...negation(2), inputs: [truth(2), truth(2)] }, /1 input and 1 output, found 2 and 1/);
    assertRefused({ ...negation(2), outputs: [truth(3)] }, /output of 2, found 3/);
  });
});
