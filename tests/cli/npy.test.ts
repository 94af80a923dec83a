/** .npy: files of NumPy itself, round trips, and damaged files. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { readNpy, writeNpy } from "../../codegen/cli/inputs/npy.ts";
import { MoteError } from "../../codegen/error.ts";
import { bytesOf, type DType, elementCount, zeros } from "../../codegen/graph/tensor.ts";

/** A file with this header text and data, version 1.0. */
function npy(header: string, data: readonly number[], version = 1): Uint8Array {
  const length =
    version === 1
      ? [header.length & 255, header.length >> 8]
      : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    version,
    0,
    ...length,
    ...new TextEncoder().encode(header),
    ...data,
  ]);
}

function refused(bytes: Uint8Array, sentence: RegExp): void {
  assert.throws(
    () => readNpy(bytes, "x.npy"),
    (error) => error instanceof MoteError && error.where === "x.npy" && sentence.test(error.sentence),
  );
}

describe("npy", () => {
  it("reads what NumPy wrote", async () => {
    const bytes = await readFile("models/regressor/samples/small.npy");
    const json: unknown = JSON.parse(await readFile("models/regressor/samples/small.json", "utf8"));
    const array = readNpy(bytes, "small.npy");
    assert.equal(array.dtype, "float32");
    assert.deepEqual(array.shape, [1, 3]);
    assert.ok(array.values instanceof Float32Array);
    assert.deepEqual([Array.from(array.values, (value) => Number(value.toFixed(4)))], json);
  });

  it("writes the bytes that NumPy writes", async () => {
    const bytes = await readFile("models/regressor/samples/small.npy");
    const { values, shape } = readNpy(bytes, "small.npy");
    assert.ok(values instanceof Float32Array);
    assert.deepEqual(writeNpy("float32", shape, values), new Uint8Array(bytes));
  });

  for (const dtype of ["int8", "uint8", "int16", "int32", "int64", "float32", "bool"] satisfies DType[]) {
    for (const shape of [[], [5], [2, 3, 1]]) {
      it(`round trip of ${dtype} [${shape}]`, () => {
        const values = zeros(dtype, elementCount(shape));
        bytesOf(values).forEach((_, at, all) => {
          all[at] = (at * 37 + 1) & 127;
        });
        const bytes = writeNpy(dtype, shape, values);
        assert.equal((bytes.length - bytesOf(values).length) % 64, 0);
        assert.deepEqual(readNpy(bytes, "x.npy"), { dtype, shape, values });
      });
    }
  }

  it("reads big-endian, column-major, and versions 2 and 3", () => {
    const big = npy("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }\n", [1, 2, 255, 254]);
    assert.deepEqual(readNpy(big, "x.npy").values, Int16Array.of(258, -2));
    const columns = npy("{'shape': (2, 3), 'fortran_order': True, 'descr': '|i1'}\n", [1, 4, 2, 5, 3, 6], 2);
    assert.deepEqual(readNpy(columns, "x.npy").values, Int8Array.of(1, 2, 3, 4, 5, 6));
    const double = npy(
      "{'descr': '<f8', 'fortran_order': False, 'shape': (), }\n",
      [0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
      3,
    );
    assert.deepEqual(readNpy(double, "x.npy").values, Float64Array.of(1));
  });

  it("reads float64 and big-endian out of a Node.js Buffer, and leaves the Buffer as it was", () => {
    const one = [0x3f, 0xf0, 0, 0, 0, 0, 0, 0];
    for (const [order, data] of [["<", [...one].reverse()] as const, [">", one] as const]) {
      const bytes = npy(`{'descr': '${order}f8', 'fortran_order': False, 'shape': (), }\n`, data);
      const buffer = Buffer.from(bytes);
      assert.deepEqual(readNpy(buffer, "x.npy").values, Float64Array.of(1));
      assert.deepEqual(new Uint8Array(buffer), bytes);
    }
  });

  it("refuses damaged and foreign files in one sentence", () => {
    const good = npy("{'descr': '|i1', 'fortran_order': False, 'shape': (3,), }\n", [1, 2, 3]);
    for (let length = 0; length < good.length; length++) {
      assert.throws(() => readNpy(good.subarray(0, length), "x.npy"), MoteError, `cut to ${length} bytes`);
    }
    refused(new TextEncoder().encode("not an array at all"), /not a \.npy file/);
    refused(npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", [0]), /found "<c8"/);
    refused(
      npy("{'descr': '|i1', 'fortran_order': False, 'shape': (2,), }\n", [1, 2, 3]),
      /expected 2 bytes.*found 3/,
    );
    refused(
      npy("{'descr': '|i1', 'fortran_order': False, 'shape': (99999999999, 9999999999), }\n", []),
      /header is damaged/,
    );
    refused(npy("{'descr': '|i1', 'shape': (1,), }\n", [1]), /header is damaged/);
    refused(Uint8Array.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 9, 0, 0, 0]), /version 1 to 3, found 9/);
  });
});
