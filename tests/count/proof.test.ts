/** Proofs on small modules: each with what an input could do, and what must not be claimed. */

import { strict as assert } from "node:assert";
import { readModule } from "../../codegen/count/module.ts";
import { proofOf } from "../../codegen/count/proof.ts";
import { assembled } from "./assembled.ts";

/** The proof about a module with one function, `invoke`, with three locals; `rest` stands beside it. */
async function proven(code: string, rest = "") {
  const wasm = await assembled(
    `(func $invoke (export "invoke") (local $i i32) (local $p i32) (local $x i32) ${code}) ${rest}`,
  );
  return proofOf(readModule(wasm));
}

const BYTE = "(i32.load8_u (i32.const 0))";
const WORD = "(i32.load (i32.const 0))";
/** `rounds` times `body`. */
const loop = (rounds: string, body: string) =>
  `(local.set $i ${rounds}) (loop $l ${body} (br_if $l (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))`;

describe("the memory that any input can touch", () => {
  const cases: readonly [what: string, code: string, end: number | undefined][] = [
    ["ends behind the last store", "(i64.store offset=100 (i32.const 20) (i64.const 0))", 128],
    [
      "ends behind a walk",
      loop(
        "(i32.const 50)",
        "(i32.store16 offset=1000 (local.get $p) (i32.const 0)) (local.set $p (i32.add (local.get $p) (i32.const 4)))",
      ),
      1000 + 49 * 4 + 2,
    ],
    ["holds a table of bytes", `(drop (i32.load8_u (i32.add (i32.const 500) ${BYTE})))`, 500 + 256],
    [
      "holds a table of words",
      `(drop (i32.load offset=40 (i32.shl ${BYTE} (i32.const 2))))`,
      40 + 255 * 4 + 4,
    ],
    [
      "holds rows of a walk, chosen by what is loaded",
      loop(
        "(i32.const 3)",
        `(drop (i32.load8_s (i32.add (i32.mul (local.get $i) (i32.const 1000)) ${BYTE})))`,
      ),
      3000 + 256,
    ],
    [
      "holds what only other inputs touch",
      `(if (i32.gt_u ${BYTE} (i32.const 7)) (then (i32.store8 (i32.const 3000) (i32.const 1))))`,
      3001,
    ],
    [
      "holds the other arm",
      `(if ${BYTE} (then (i32.store8 (i32.const 9) (i32.const 1))) (else (i32.store8 (i32.const 3000) (i32.const 1))))`,
      3001,
    ],
    [
      "holds what a branch leaves out",
      `(block $b (br_if $b ${BYTE}) (i32.store8 (i32.const 3000) (i32.const 1)))`,
      3001,
    ],
    [
      "holds what a branch goes to",
      `(block $b (block $a (br_if $a ${BYTE}) (br $b)) (i32.store8 (i32.const 3000) (i32.const 1)))`,
      3001,
    ],
    [
      "holds an arm within an arm, at each round",
      loop(
        "(i32.const 5)",
        `(if ${BYTE} (then (nop)) (else (if ${WORD} (then
          (i32.store8 offset=1 (i32.mul (local.get $i) (i32.const 100)) (i32.const 0))))))`,
      ),
      502,
    ],
    [
      "keeps a largest value within its type",
      `${loop("(i32.const 9)", `(local.set $x (select (local.get $x) ${BYTE} (i32.gt_u (local.get $x) ${BYTE})))`)} (drop (i32.load8_u (local.get $x)))`,
      256,
    ],
    [
      "has no end where no run with probes goes everywhere",
      `(if ${BYTE} (then (nop)) (else (if ${WORD} (then (i32.store8 (i32.const 1) (i32.const 0))) (else (nop)))))`,
      undefined,
    ],
    ["has no end where a word is an address", `(drop (i32.load8_u ${WORD}))`, undefined],
    [
      "has no end where a byte may be negative",
      "(drop (i32.load8_u (i32.load8_s (i32.const 0))))",
      undefined,
    ],
    [
      "has no end where a sum is an address",
      `${loop("(i32.const 9)", `(local.set $x (i32.add (local.get $x) ${BYTE}))`)} (drop (i32.load8_u (local.get $x)))`,
      undefined,
    ],
    [
      "has no end where a loaded value ends a loop",
      loop(
        BYTE,
        "(i32.store8 (local.get $p) (i32.const 0)) (local.set $p (i32.add (local.get $p) (i32.const 1)))",
      ),
      undefined,
    ],
  ];
  for (const [what, code, end] of cases) {
    it(what, async () => {
      const { memoryEnd, unconfined } = await proven(code);
      assert.equal(memoryEnd, end);
      assert.deepEqual(unconfined, end === undefined ? [0] : []);
    });
  }

  it("holds a function's accesses for each of its calls, also those that other inputs make", async () => {
    const { memoryEnd } = await proven(
      `(call $f (i32.const 10)) (if ${BYTE} (then (call $f (i32.const 4000))))`,
      "(func $f (param i32) (i32.store8 (local.get 0) (i32.const 1)))",
    );
    assert.equal(memoryEnd, 4001);
  });

  it("names the function whose address is loaded", async () => {
    const { unconfined } = await proven(
      `(call $f ${WORD})`,
      "(func $f (param i32) (i32.store8 (local.get 0) (i32.const 1)))",
    );
    assert.deepEqual(unconfined, [1]);
  });

  it("takes in data, reset, and what is stored by it", async () => {
    const reset = `(func (export "reset") (i32.store8 (i32.const 700) (i32.const 1)))`;
    assert.equal((await proven("", reset)).memoryEnd, 701);
    assert.equal((await proven("", `(data (i32.const 100) "abc") ${reset}`)).memoryEnd, 701);
    assert.equal((await proven("", `(data (i32.const 1000) "abc") ${reset}`)).memoryEnd, 1003);
  });

  it("is not claimed of other bulk instructions than memory.init", async () => {
    const init = await proven("(memory.init 0 (i32.const 64) (i32.const 0) (i32.const 3))", `(data "abc")`);
    assert.equal(init.memoryEnd, 67);
    const fill = await proven("(memory.fill (i32.const 64) (i32.const 0) (i32.const 3))");
    assert.equal(fill.memoryEnd, undefined);
  });

  it("is not claimed of a division that could trap on the way, but what follows it is", async () => {
    const { memoryEnd } = await proven(
      `(drop (i32.div_u (i32.const 1) ${BYTE})) (i32.store8 (i32.const 9) (i32.const 0))`,
    );
    assert.equal(memoryEnd, 10);
  });
});

describe("constants of data segments", () => {
  const ROUNDS = "(i32.load8_u (i32.const 1000))";
  const data = `(data (i32.const 1000) "\\05\\06")`;

  it("may end loops", async () => {
    const { instructions, memoryEnd } = await proven(loop(ROUNDS, "(nop)"), data);
    // Two to read, one to set, one loop; five a round.
    assert.equal(instructions, 4 + 5 * 5);
    assert.equal(memoryEnd, 1002);
  });

  it("may be addresses of constants that end loops", async () => {
    const code = loop("(i32.load8_u (i32.load16_u (i32.const 2000)))", "(nop)");
    const { instructions } = await proven(code, `${data} (data (i32.const 2000) "\\e9\\03")`);
    assert.equal(instructions, 5 + 5 * 6);
  });

  const writers: readonly [what: string, code: string][] = [
    ["a store writes them", "(i32.store8 (i32.const 1000) (i32.const 1))"],
    ["a wide store ends in them", "(i64.store (i32.const 993) (i64.const -1))"],
    [
      "a store may write them for some input",
      `(if ${BYTE} (then (i32.store8 (i32.const 1000) (i32.const 9))))`,
    ],
    ["a loaded byte chooses where to write", `(i32.store8 offset=746 ${BYTE} (i32.const 9))`],
    ["a loaded word chooses where to write", `(i32.store8 ${WORD} (i32.const 9))`],
  ];
  for (const [what, code] of writers) {
    it(`end no loop where ${what}`, async () => {
      assert.equal((await proven(`${code} ${loop(ROUNDS, "(nop)")}`, data)).instructions, undefined);
    });
  }

  it("still end loops where a loaded byte can't choose them", async () => {
    const { instructions } = await proven(
      `(i32.store8 offset=744 ${BYTE} (i32.const 9)) ${loop(ROUNDS, "(nop)")}`,
      data,
    );
    assert.equal(instructions, 4 + 4 + 5 * 5);
  });
});

describe("the most instructions", () => {
  it("counts a function for each call that an input can make", async () => {
    const { instructions } = await proven(
      loop("(i32.const 4)", `(if ${BYTE} (then (call $f)))`),
      "(func $f (drop (i32.const 1)))",
    );
    // Set and loop; load and if, call and its two, and the end of a round.
    assert.equal(instructions, 3 + 4 * (3 + 3 + 5));
  });

  it("is unknown where a function calls itself, if some input says so", async () => {
    const { open } = await proven("(call $f)", `(func $f (if ${BYTE} (then (call $f))))`);
    assert.ok(open.length > 0);
  });
});
