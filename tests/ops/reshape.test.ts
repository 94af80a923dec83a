import { strict as assert } from "node:assert";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";

describe("reshape", () => {
  for (const name of ["reshape", "flatten", "squeeze", "expand_dims", "i16_reshape"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("keeps the elements, whatever the spelling", () => {
    const values = Int8Array.from([1, -2, 3, -4, 5, -6]);
    const spelled = (spelling: string, shape: number[], parameters: number[][], output: number[]) => ({
      spelling,
      inputs: [tensor(shape), ...parameters.map((list) => numbers(...list))],
      outputs: [tensor(output)],
    });
    for (const entry of [
      spelled("RESHAPE", [1, 6], [[2, 3]], [2, 3]),
      spelled("RESHAPE", [1, 6], [[2, -1]], [2, 3]),
      spelled("RESHAPE", [1, 6], [], [6]),
      spelled("SQUEEZE", [1, 6, 1], [], [6]),
      spelled("EXPAND_DIMS", [6], [[-1]], [6, 1]),
    ])
      assert.deepEqual(reference(entry, values), [values]);
  });

  it("moves any type and any number of bytes", () =>
    assertModulesMatch([
      ...[1, 7, 8, 9, 31, 64].map((n) => ({
        spelling: "RESHAPE",
        inputs: [tensor([1, n])],
        outputs: [tensor([n])],
      })),
      {
        spelling: "RESHAPE",
        inputs: [tensor([3, 5], 1, 0, "int16")],
        outputs: [tensor([15], 1, 0, "int16")],
      },
      {
        spelling: "SQUEEZE",
        inputs: [tensor([1, 5], 1, 0, "float32")],
        outputs: [tensor([5], 1, 0, "float32")],
      },
    ]));

  it("may run in place", () =>
    assertOverlapsHold([{ spelling: "RESHAPE", inputs: [tensor([3, 13])], outputs: [tensor([39])] }]));

  it("refuses other element counts and types", () => {
    const outputs = [tensor([7])];
    assertRefused(
      { spelling: "RESHAPE", inputs: [tensor([2, 3])], outputs },
      /as many output elements.*7 from 2×3/,
    );
    assertRefused(
      { spelling: "EXPAND_DIMS", inputs: [tensor([7]), numbers(2)], outputs },
      /axis from -2 to 1, found 2/,
    );
    assertRefused(
      { spelling: "RESHAPE", inputs: [tensor([7], 1, 0, "int16")], outputs },
      /one type.*int16 and int8/,
    );
  });
});
