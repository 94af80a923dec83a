import { strict as assert } from "node:assert";
import { type KernelModule, kernelModule } from "./kernel_module.ts";

const SIZE = 64;
const RAMP = Int8Array.from({ length: SIZE }, (_, index) => index - 20);

describe("copies and fills of the kernels", () => {
  let module: KernelModule;
  before(async () => {
    module = await kernelModule();
  });

  it("copy_bytes copies any length from and to any alignment and nothing else", () => {
    const copy = module.kernel("copy_bytes");
    for (let count = 0; count <= 40; count++) {
      for (let alignment = 0; alignment < 8; alignment++) {
        const from = module.place(RAMP);
        const to = module.place(new Int8Array(SIZE).fill(99));
        copy(to + alignment, from + ((alignment * 3) % 8), count);
        const start = (alignment * 3) % 8;
        const expected = new Int8Array(SIZE).fill(99);
        expected.set(RAMP.subarray(start, start + count), alignment);
        assert.deepEqual(module.int8At(to, SIZE), expected, `${count} bytes, alignment ${alignment}`);
      }
    }
  });

  it("copy_bytes copies downwards over itself", () => {
    const copy = module.kernel("copy_bytes");
    for (let distance = 0; distance <= 9; distance++) {
      for (let count = 0; count <= 40; count++) {
        const at = module.place(RAMP);
        copy(at, at + distance, count);
        const expected = RAMP.slice();
        expected.copyWithin(0, distance, distance + count);
        assert.deepEqual(module.int8At(at, SIZE), expected, `${count} bytes, ${distance} downwards`);
      }
    }
  });

  it("fill_bytes fills any length at any alignment and nothing else", () => {
    const fill = module.kernel("fill_bytes");
    for (let count = 0; count <= 40; count++) {
      for (let alignment = 0; alignment < 8; alignment++) {
        const to = module.place(RAMP);
        fill(to + alignment, -7, count);
        const expected = RAMP.slice().fill(-7, alignment, alignment + count);
        assert.deepEqual(module.int8At(to, SIZE), expected, `${count} bytes, alignment ${alignment}`);
      }
    }
  });

  it("lookup_table_s8 takes all values, in place too", () => {
    const lookup = module.kernel("lookup_table_s8");
    const values = Int8Array.from({ length: 256 }, (_, index) => index - 128);
    // In the order of the input as an unsigned byte: 0 to 127, then −128 to −1.
    const table = module.place(Int8Array.from({ length: 256 }, (_, byte) => 7 * ((byte << 24) >> 24) + 3));
    const expected = values.map((value) => 7 * value + 3);
    const input = module.place(values);
    const output = module.place(new Int8Array(256));
    lookup(input, output, 256, table);
    assert.deepEqual(module.int8At(output, 256), expected);
    lookup(input, input, 255, table);
    assert.deepEqual(module.int8At(input, 256), Int8Array.of(...expected.subarray(0, 255), 127));
  });
});
