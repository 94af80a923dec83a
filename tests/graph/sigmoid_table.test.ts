import { strict as assert } from "node:assert";
import { SIGMOID_TABLE, sigmoid16 } from "../../codegen/graph/sigmoid_table.ts";

describe("sigmoid table", () => {
  it("holds TFLite's entries", () => {
    // TFLite: common.h, sigmoid_table_uint16.
    const entries = [0, 1, 4, 33, 66, 100, 150, 200, 254, 255].map((index) => SIGMOID_TABLE[index]);
    assert.deepEqual(entries, [32768, 33451, 35493, 52311, 61599, 64536, 65410, 65520, 65534, 65535]);
  });

  it("is within 2 of σ and tanh with 15 fraction bits", () => {
    for (let value = -32768; value < 32768; value += 7) {
      const x = value / 4096;
      const limited = (y: number) => Math.min(32767, y * 2 ** 15);
      const sigmoid = sigmoid16(value, { multiplier: 3, shift: 0 }, false);
      assert.ok(Math.abs(sigmoid - limited(1 / (1 + Math.exp(-x)))) < 2, `${x}: ${sigmoid}`);
      const tanh = sigmoid16(value, { multiplier: 3, shift: 0 }, true);
      assert.ok(Math.abs(tanh - limited(Math.tanh(x))) < 3, `${x}: ${tanh}`);
    }
  });
});
