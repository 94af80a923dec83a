import { strict as assert } from "node:assert";
import { constantValues, packHalves, tensorBytes, valuesOf, zeros } from "../../codegen/graph/tensor.ts";
import { importModel } from "../../codegen/import/index.ts";
import { tinyModel } from "../import/tiny_model.ts";

const INT4 = 17;

describe("int4", () => {
  it("keeps two values a byte, the first in the low half", () => {
    const bytes = packHalves([1, -1, -8, 7, 5]);
    assert.deepEqual(bytes, Uint8Array.of(0xf1, 0x78, 0x05));
    assert.deepEqual(
      constantValues({ dtype: "int4", shape: [5], data: bytes }),
      Int8Array.of(1, -1, -8, 7, 5),
    );
    const all = Int8Array.from({ length: 16 }, (_, at) => at - 8);
    assert.deepEqual(valuesOf("int4", packHalves(all)), all);
  });

  it("takes no more bytes than its values", () => {
    assert.equal(tensorBytes({ dtype: "int4", shape: [3, 3] }), 5);
    assert.equal(tensorBytes({ dtype: "int4", shape: [3, 2] }), 3);
    assert.deepEqual(zeros("int4", 4), new Int8Array(4));
  });

  it("ignores the half that is left over", () => {
    const data = Uint8Array.of(0x21, 0xf3);
    assert.deepEqual(constantValues({ dtype: "int4", shape: [3], data }), Int8Array.of(1, 2, 3));
  });

  it("is refused as an activation", () => {
    for (const at of [0, 1]) {
      const tensors = [{ name: "x" }, { name: "y" }, { name: "z" }].map((tensor, index) =>
        index === at ? { ...tensor, type: INT4 } : tensor,
      );
      assert.throws(
        () => importModel(tinyModel({ tensors }), { file: "tiny.tflite" }),
        new RegExp(`int4 in constants only, found tensor "${tensors[at]?.name}"`),
      );
    }
  });
});
