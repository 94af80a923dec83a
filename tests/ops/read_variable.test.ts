import { strict as assert } from "node:assert";
import { assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { counting } from "./states.ts";

describe("read_variable", () => {
  it("copies the variable, whatever shape the reader gives it", () => {
    const entry = { spelling: "READ_VARIABLE", inputs: [counting([1, 6])], outputs: [tensor([2, 3])] };
    assert.deepEqual(reference(entry), [Int8Array.from([1, 2, 3, 4, 5, 6])]);
  });

  it("moves any type and any number of bytes", () =>
    assertModulesMatch([
      ...[1, 7, 8, 9, 31, 64].map((n) => ({
        spelling: "READ_VARIABLE",
        inputs: [counting([1, n])],
        outputs: [tensor([n])],
      })),
      {
        spelling: "READ_VARIABLE",
        inputs: [counting([5], "int16")],
        outputs: [tensor([5], 1, 0, "int16")],
      },
    ]));

  it("refuses other element counts and types", () => {
    const inputs = [counting([2, 3])];
    const entry = { spelling: "READ_VARIABLE", inputs };
    assertRefused({ ...entry, outputs: [tensor([7])] }, /as many output elements.*7 from 2×3/);
    assertRefused({ ...entry, outputs: [tensor([6], 1, 0, "int16")] }, /one type.*int8 and int16/);
  });
});
