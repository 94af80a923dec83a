import { strict as assert } from "node:assert";
import { bytesOf, type Tensor, valuesOf } from "../../codegen/graph/tensor.ts";
import { foldConstants } from "../../codegen/passes/fold_constants.ts";
import { assertRefused, type FileOperatorCase, graphOf, reference, tensor } from "./file_operator.ts";

const integer = (value: number): Tensor => ({
  name: "number",
  shape: [],
  dtype: "int32",
  data: bytesOf(Int32Array.of(value)),
});

const float = (value: number): Tensor => ({
  name: "number",
  shape: [],
  dtype: "float32",
  data: bytesOf(Float32Array.of(value)),
});

const output = (shape: readonly number[], dtype: Tensor["dtype"] = "int32"): Tensor => ({
  name: "o",
  shape,
  dtype,
});

/** What a graph's constants hold when they are folded. */
function folded(entry: FileOperatorCase) {
  const { tensors, operators, outputs } = foldConstants.run(graphOf([entry]));
  assert.deepEqual(operators, []);
  const result = tensors[outputs[0] ?? -1];
  assert.ok(result?.data);
  return valuesOf(result.dtype, result.data);
}

describe("known_values", () => {
  it("knows the shape and the rank of a tensor, and zeros like it", () => {
    const inputs = [tensor([2, 3])];
    assert.deepEqual(folded({ spelling: "SHAPE", inputs, outputs: [output([2])] }), Int32Array.of(2, 3));
    assert.deepEqual(
      folded({ spelling: "SHAPE", inputs, outputs: [output([2], "int64")] }),
      BigInt64Array.of(2n, 3n),
    );
    assert.deepEqual(folded({ spelling: "RANK", inputs, outputs: [output([])] }), Int32Array.of(2));
    assert.deepEqual(folded({ spelling: "ZEROS_LIKE", inputs, outputs: inputs }), new Int8Array(6));
  });

  it("counts a range, float32 by single steps", () => {
    const range = (...numbers: Tensor[]) => ({ spelling: "RANGE", inputs: numbers });
    const down = { ...range(integer(5), integer(0), integer(-2)), outputs: [output([3])] };
    assert.deepEqual(reference(down), [Int32Array.of(5, 3, 1)]);
    const tenths = { ...range(float(0), float(0.95), float(0.1)), outputs: [output([10], "float32")] };
    const sums = [0];
    for (let at = 1; at < 10; at++) sums.push(Math.fround((sums[at - 1] ?? 0) + Math.fround(0.1)));
    assert.deepEqual(reference(tenths), [Float32Array.from(sums)]);
  });

  it("refuses ranges without an end, computed ones and other shapes", () => {
    const range = (...inputs: Tensor[]) => ({ spelling: "RANGE", inputs, outputs: [output([3])] });
    assertRefused(range(integer(0), integer(3), integer(0)), /range of 1 to .*steps of 0/);
    assertRefused(range(integer(0), integer(3), integer(-1)), /range of 1 to/);
    assertRefused(range(integer(0), integer(2 ** 30), integer(1)), /range of 1 to/);
    assertRefused(range(integer(0), output([]), integer(1)), /one constant limit, found a computed one/);
    assertRefused(range(integer(0), integer(4), integer(1)), /output of 4 .*, found 3/);
  });
});
