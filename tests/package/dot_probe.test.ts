import assert from "node:assert/strict";
import wabtModule from "wabt";
import { DOT_PROBE, exactBits, SIMD_PROBE } from "../../codegen/package/dot_probe.ts";
import { dotBits } from "../../host/dot_probe.ts";
import { ARM, DOUBLING, OLD_ARM, onMachine, SATURATING, VNNI } from "./machines.ts";

const DOT_TEXT = `(module (func (export "dot") (param i32 i32 i32) (result i32)
  (i32x4.extract_lane 0 (i32x4.relaxed_dot_i8x16_i7x16_add_s
    (i8x16.splat (local.get 0)) (i8x16.splat (local.get 1)) (i32x4.splat (local.get 2))))))`;
const SIMD_TEXT = "(module (func (drop (i8x16.splat (i32.const 0)))))";

describe("the probe of relaxed dot products", () => {
  it("is a module of about 50 bytes, and that of SIMD128 of 30", async () => {
    const wabt = await wabtModule();
    for (const [text, bytes] of [
      [DOT_TEXT, DOT_PROBE],
      [SIMD_TEXT, SIMD_PROBE],
    ] as const) {
      const parsed = wabt.parseWat("probe.wat", text, { simd: true, relaxed_simd: true });
      assert.deepEqual([...parsed.toBinary({}).buffer], bytes);
      parsed.destroy();
    }
  });

  it("tells machines that are exact for 8 bits, signed or unsigned, from those for 7 and from broken ones", () => {
    assert.equal(exactBits(VNNI), 8);
    assert.equal(exactBits(ARM), 8);
    assert.equal(exactBits(OLD_ARM), 8);
    assert.equal(exactBits(SATURATING), 7);
    assert.equal(exactBits(DOUBLING), 0);
    assert.equal(
      exactBits(() => 0),
      0,
    );
  });

  it("asks for nothing that pairs of −128 would get wrong on older ARM cores", () => {
    assert.notEqual(OLD_ARM(-128, -128, 0), ARM(-128, -128, 0));
    for (let a = -127; a < 128; a++) {
      for (let b = -128; b < 128; b++) assert.equal(OLD_ARM(a, b, 0), ARM(a, b, 0));
    }
  });

  it("finds what this Node has, without an error where it has none", async () => {
    if (!WebAssembly.validate(Uint8Array.from(DOT_PROBE))) assert.equal(dotBits(), 0);
    else assert.ok([0, 7, 8].includes(dotBits()));
  });

  it("is mocked truly: the machine's own SIMD shows through", async () => {
    const valid = () => Promise.resolve(WebAssembly.validate(Uint8Array.from(SIMD_PROBE)));
    assert.equal(await onMachine({ simd: false }, valid), false);
    assert.equal(await onMachine({ simd: true }, valid), true);
    assert.equal(await valid(), true);
  });
});
