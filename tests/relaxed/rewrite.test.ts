import { strict as assert } from "node:assert";
import wabtModule from "wabt";
import { DOT_PROBE, exactBits } from "../../codegen/package/dot_probe.ts";
import { randomOf } from "../ops/random_values.ts";
import { ARM, OLD_ARM, SATURATING, VNNI } from "../package/machines.ts";
import { DOT_MACHINES, withDotsOf } from "./rewrite.ts";

const DOTS = `(module (memory (export "memory") 1) (func (export "dot")
  (v128.store (i32.const 48) (i32x4.relaxed_dot_i8x16_i7x16_add_s
    (v128.load (i32.const 0)) (v128.load (i32.const 16)) (v128.load (i32.const 32))))))`;

const clamp = (value: number) => Math.max(-32_768, Math.min(32_767, value));

describe("relaxed SIMD: dot products of other machines", () => {
  it("multiply and add as these do", async () => {
    const formulas = { signed: ARM, unsigned: VNNI, wrapping: OLD_ARM, saturating: SATURATING };
    for (const machine of DOT_MACHINES) {
      const { wasm, dots } = await withDotsOf(machine, Uint8Array.from(DOT_PROBE));
      assert.equal(dots, 1);
      const { dot } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports;
      assert.ok(typeof dot === "function");
      assert.equal(
        exactBits((a, b, c) => Number(dot(a, b, c))),
        machine === "saturating" ? 7 : 8,
      );
      for (let a = -128; a < 128; a++) {
        for (let b = -128; b < 128; b++) assert.equal(dot(a, b, 77), formulas[machine](a, b, 77));
      }
    }
  });

  it("keep lanes apart, and pairs of neighbours together", async () => {
    const wabt = await wabtModule();
    const parsed = wabt.parseWat("dots.wat", DOTS, { simd: true, relaxed_simd: true });
    const bytes = parsed.toBinary({}).buffer;
    parsed.destroy();
    const random = randomOf(4);
    for (const machine of DOT_MACHINES) {
      const { wasm } = await withDotsOf(machine, bytes);
      const { dot, memory } = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports;
      assert.ok(typeof dot === "function" && memory instanceof WebAssembly.Memory);
      const unsigned = machine === "unsigned" || machine === "saturating";
      for (let round = 0; round < 200; round++) {
        const any = () => random.pick([-128, 127, random.int(-128, 127)]);
        const [a, b] = [Int8Array.from({ length: 16 }, any), Int8Array.from({ length: 16 }, any)];
        const c = Int32Array.from({ length: 4 }, () => random.int(-(2 ** 31), 2 ** 31 - 1));
        new Int8Array(memory.buffer).set([...a, ...b]);
        new Int32Array(memory.buffer).set(c, 8);
        dot();
        const product = (k: number) => (a[k] ?? 0) * (unsigned ? (b[k] ?? 0) & 255 : (b[k] ?? 0));
        const pair = (k: number) => {
          const sum = product(k) + product(k + 1);
          if (machine === "saturating") return clamp(sum);
          return machine === "wrapping" ? (sum << 16) >> 16 : sum;
        };
        const expected = c.map((start, lane) => start + pair(4 * lane) + pair(4 * lane + 2));
        assert.deepEqual(new Int32Array(memory.buffer, 48, 4).slice(), expected, machine);
      }
    }
  });
});
