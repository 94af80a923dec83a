/** Quantization at the border: rounding, clamping, NaN, and tensors without a scale. */

import assert from "node:assert/strict";
import { dequantize, quantize } from "../../host/quantize.ts";

describe("quantize", () => {
  it("rounds half away from zero and clamps", () => {
    const tensor = { dtype: "int8", scale: 1, zeroPoint: 0 } as const;
    assert.deepEqual(
      quantize([0.5, -0.5, 1.49, 300, -300, NaN], tensor),
      Int8Array.of(1, -1, 1, 127, -128, 0),
    );
    assert.deepEqual(quantize([NaN, 0], { dtype: "uint8", scale: 2, zeroPoint: 7 }), Uint8Array.of(7, 7));
  });

  it("divides in float32", () => {
    // In doubles 0.15 / fround(0.1) is 1.49999998 and rounds to 1; in float32 it is 1.5.
    assert.deepEqual(
      quantize([0.15], { dtype: "int8", scale: Math.fround(0.1), zeroPoint: 0 }),
      Int8Array.of(2),
    );
  });

  it("keeps what has no scale", () => {
    assert.deepEqual(quantize([0.25], { dtype: "float32" }), Float32Array.of(0.25));
    assert.deepEqual(quantize([-3, 4], { dtype: "int64" }), BigInt64Array.of(-3n, 4n));
    assert.deepEqual(dequantize(Int32Array.of(-3), { dtype: "int32" }), Float32Array.of(-3));
  });

  it("gives every int8 value back", () => {
    const tensor = { dtype: "int8", scale: Math.fround(0.0123), zeroPoint: -5 } as const;
    const all = Int8Array.from({ length: 256 }, (_, index) => index - 128);
    assert.deepEqual(quantize(dequantize(all, tensor), tensor), all);
  });
});
