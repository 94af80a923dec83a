import { strict as assert } from "node:assert";
import { bytesOf, type DType, type Tensor } from "../../codegen/graph/tensor.ts";
import {
  assertGolden,
  assertModulesMatch,
  assertRefused,
  numbers,
  reference,
  tensor,
} from "./file_operator.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

const padded = (shape: readonly number[], pads: readonly number[], dtype: DType = "int8") => ({
  spelling: "PAD",
  inputs: [tensor(shape, 0.05, 3, dtype), numbers(...pads)],
  outputs: [
    tensor(
      shape.map((size, d) => size + (pads[2 * d] ?? 0) + (pads[2 * d + 1] ?? 0)),
      0.05,
      3,
      dtype,
    ),
  ],
});

const constant = (value: number, scale = 0.05) => ({
  ...tensor([], scale),
  data: Uint8Array.of(value & 255),
});

describe("pad", () => {
  for (const name of ["pad_zero", "pad_channel", "pad_value", "i16_pad", "conv1d_causal_dil2"])
    it(`gives the golden outputs of ${name}`, function () {
      assertGolden(this, name);
    });

  it("surrounds with the zero point, or with the value given", () => {
    const entry = padded([2], [1, 2]);
    assert.deepEqual(reference(entry, Int8Array.of(7, 8)), [Int8Array.of(3, 7, 8, 3, 3)]);
    const valued = { ...entry, spelling: "PADV2", inputs: [...entry.inputs, constant(-9)] };
    assert.deepEqual(reference(valued, Int8Array.of(7, 8)), [Int8Array.of(-9, 7, 8, -9, -9)]);
  });

  it("gives the reference's bytes for random paddings and every type", async () => {
    const random = randomOf(5);
    const cases = Array.from({ length: 24 }, () => {
      const shape = Array.from({ length: random.int(1, 5) }, () => random.int(1, 4));
      const pads = shape.flatMap(() => [random.pick([0, 0, 1, 3]), random.pick([0, 0, 1, 2])]);
      return padded(shape, pads, random.pick<DType>(["int8", "int8", "uint8", "int16", "int32", "float32"]));
    });
    await assertModulesMatch(cases);
    const kernels = await checkCases([
      ...cases,
      padded([2, 1, 2, 1, 2, 3], [1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 1]),
    ]);
    assert.deepEqual([...kernels].sort(), ["pad", "pad_nest"]);
  });

  it("refuses wrong paddings and values", () => {
    const entry = padded([2], [1, 2]);
    assertRefused({ ...entry, outputs: [tensor([6])] }, /output of 5 for its inputs and options, found 6/);
    assertRefused({ ...entry, inputs: [tensor([2]), numbers(-1, 2)] }, /two paddings from 0/);
    assertRefused({ ...entry, inputs: [tensor([2]), tensor([2])] }, /constant int32 paddings/);
    assertRefused({ ...entry, inputs: [...entry.inputs, constant(1, 0.1)] }, /one scale/);
    assertRefused(
      { ...entry, inputs: [...entry.inputs, tensor([])] },
      /one constant value, found a computed one/,
    );
    const wide = padded([2], [1, 2], "int64");
    const three: Tensor = { name: "c", shape: [], dtype: "int64", data: bytesOf(BigInt64Array.of(3n)) };
    assertRefused(
      { ...wide, spelling: "PADV2", inputs: [...wide.inputs, three] },
      /int64 to be padded with 0 or -1, found 3/,
    );
  });
});
