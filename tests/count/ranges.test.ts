/** Ranges against what an engine computes. */

import { strict as assert } from "node:assert";
import { randomNumbers } from "../../codegen/cli/random_inputs.ts";
import {
  ANY_I32,
  ANY_I64,
  binaryRange,
  loadedRange,
  type Range,
  unaryRange,
} from "../../codegen/count/ranges.ts";
import { assembled } from "./assembled.ts";

const COMPARISONS = ["eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u"];
const ARITHMETIC = [
  ...["add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor"],
  ...["shl", "shr_s", "shr_u", "rotl", "rotr"],
];
const BINARY = { i32: { comparisons: 0x46, arithmetic: 0x6a }, i64: { comparisons: 0x51, arithmetic: 0x7c } };
const UNARY: readonly [text: string, opcode: number, from: "i32" | "i64", to: "i32" | "i64"][] = [
  ["i32.eqz", 0x45, "i32", "i32"],
  ["i64.eqz", 0x50, "i64", "i32"],
  ["i32.clz", 0x67, "i32", "i32"],
  ["i32.ctz", 0x68, "i32", "i32"],
  ["i64.popcnt", 0x7b, "i64", "i64"],
  ["i32.wrap_i64", 0xa7, "i64", "i32"],
  ["i64.extend_i32_s", 0xac, "i32", "i64"],
  ["i64.extend_i32_u", 0xad, "i32", "i64"],
  ["i32.extend8_s", 0xc0, "i32", "i32"],
  ["i32.extend16_s", 0xc1, "i32", "i32"],
  ["i64.extend8_s", 0xc2, "i64", "i64"],
  ["i64.extend32_s", 0xc4, "i64", "i64"],
];

type Operation = (...operands: (number | bigint)[]) => number | bigint;

describe("ranges", () => {
  const random = randomNumbers(7);
  /** Of few bits or many, around zero or not, a single number now and then. */
  const randomRange = (type: "i32" | "i64"): Range => {
    const bits = 1 + Math.floor(random() * (type === "i32" ? 31 : 50));
    const any = type === "i32" ? ANY_I32 : { low: -(2 ** 52), high: 2 ** 52 };
    const number = () =>
      Math.min(any.high, Math.max(any.low, Math.floor((random() - (random() < 0.5 ? 0 : 0.5)) * 2 ** bits)));
    const [a, b] = [number(), number()];
    return random() < 0.3 ? { low: a, high: a } : { low: Math.min(a, b), high: Math.max(a, b) };
  };
  const pick = ({ low, high }: Range) => {
    const place = random();
    return place < 0.2 ? low : place < 0.4 ? high : low + Math.floor(random() * (high - low + 1));
  };
  const given = (type: "i32" | "i64", value: number) => (type === "i32" ? value : BigInt(value));

  it("holds what every operation on two operands gives", async () => {
    const names = Object.keys(BINARY).flatMap((type) =>
      [...COMPARISONS, ...ARITHMETIC].map((name) => `${type}.${name}`),
    );
    const text = names.map((name) => {
      const type = name.slice(0, 3);
      const result = COMPARISONS.includes(name.slice(4)) ? "i32" : type;
      return `(func (export "${name}") (param ${type} ${type}) (result ${result}) (${name} (local.get 0) (local.get 1)))`;
    });
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(new Uint8Array(await assembled(text.join("")))),
    );
    for (const type of ["i32", "i64"] as const) {
      for (const [list, first] of [
        [COMPARISONS, BINARY[type].comparisons],
        [ARITHMETIC, BINARY[type].arithmetic],
      ] as const) {
        list.forEach((name, index) => {
          for (let round = 0; round < 2000; round++) {
            // Half of the shifts and divisions by a constant, as modules have them.
            const constant = Math.floor(random() * 40);
            const [left, right] = [
              randomRange(type),
              random() < 0.5 ? { low: constant, high: constant } : randomRange(type),
            ];
            const range = binaryRange(first + index, left, right);
            const operands = [pick(left), pick(right)] as const;
            if (/div|rem/.test(name) && (operands[1] === 0 || operands[1] === -1)) continue;
            const found = Number(
              (exports[`${type}.${name}`] as Operation)(...operands.map((value) => given(type, value))),
            );
            assert.ok(
              found >= range.low && found <= range.high,
              `${type}.${name} ${operands}: ${found} in ${range.low}..${range.high}`,
            );
          }
        });
      }
    }
  });

  it("holds what every operation on one operand gives", async () => {
    const text = UNARY.map(
      ([name, , from, to]) =>
        `(func (export "${name}") (param ${from}) (result ${to}) (${name} (local.get 0)))`,
    );
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(new Uint8Array(await assembled(text.join("")))),
    );
    for (const [name, opcode, from] of UNARY) {
      for (let round = 0; round < 2000; round++) {
        const operand = randomRange(from);
        const range = unaryRange(opcode, operand);
        const value = pick(operand);
        const found = Number((exports[name] as Operation)(given(from, value)));
        assert.ok(
          found >= range.low && found <= range.high,
          `${name} ${value}: ${found} in ${range.low}..${range.high}`,
        );
      }
    }
  });

  it("is as narrow as addresses of tables need it", () => {
    const byte = loadedRange(0x2d);
    const table = { low: 1000, high: 1000 };
    assert.deepEqual(binaryRange(0x6a, byte, table), { low: 1000, high: 1255 });
    assert.deepEqual(binaryRange(0x73, loadedRange(0x2c), { low: -128, high: -128 }), {
      low: -128,
      high: 127,
    });
    assert.deepEqual(binaryRange(0x74, byte, { low: 2, high: 2 }), { low: 0, high: 1020 });
    assert.deepEqual(binaryRange(0x71, ANY_I32, byte), { low: 0, high: 255 });
    assert.deepEqual(binaryRange(0x6a, ANY_I32, byte), ANY_I32);
    assert.deepEqual(unaryRange(0xa7, ANY_I64), ANY_I32);
  });
});
