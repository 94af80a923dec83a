import { strict as assert } from "node:assert";
import { assertGolden, assertModulesMatch, assertRefused, reference, tensor } from "./file_operator.ts";
import { counting } from "./states.ts";

describe("assign_variable", () => {
  it("makes a value that of the variable, whatever shape the variable has", () => {
    const entry = { spelling: "ASSIGN_VARIABLE", inputs: [counting([1, 6]), tensor([2, 3])], outputs: [] };
    const values = Int8Array.from([6, 5, 4, 3, 2, 1]);
    assert.deepEqual(reference(entry, values), [values]);
  });

  it("gives the first golden outputs of hey_jarvis", function () {
    assertGolden(this, "hey_jarvis", 4);
  });

  it("moves any type and any number of bytes", () =>
    assertModulesMatch(
      [1, 7, 8, 9, 31, 64].map((n) => ({
        spelling: "ASSIGN_VARIABLE",
        inputs: [counting([1, n]), tensor([n])],
        outputs: [],
      })),
    ));

  it("refuses other element counts and types", () => {
    const entry = { spelling: "ASSIGN_VARIABLE", outputs: [] };
    assertRefused({ ...entry, inputs: [counting([2, 3]), tensor([7])] }, /as many output.*2×3 from 7/);
    assertRefused(
      { ...entry, inputs: [counting([6]), tensor([6], 1, 0, "int16")] },
      /one type.*int16 and int8/,
    );
  });
});
