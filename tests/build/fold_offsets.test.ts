import { strict as assert } from "node:assert";
import binaryen from "binaryen";
import { foldOffsets } from "../../codegen/build/fold_offsets.ts";

/** The text of a function `body` over one i32 parameter, after folding. */
function folded(body: (module: binaryen.Module) => binaryen.ExpressionRef): string {
  const module = new binaryen.Module();
  module.setMemory(1, 1, "memory");
  module.addFunction("f", binaryen.createType([binaryen.i32]), binaryen.i32, [], body(module));
  foldOffsets(binaryen, module);
  const text = module.emitText();
  assert.ok(module.validate());
  module.dispose();
  return text;
}

describe("fold_offsets", () => {
  it("folds a table's address behind an unsigned byte", () => {
    const text = folded((m) =>
      m.i32.load8_u(0, 1, m.i32.add(m.i32.load8_u(0, 1, m.local.get(0, binaryen.i32)), m.i32.const(512))),
    );
    assert.match(text, /i32\.load8_u offset=512\s+\(i32\.load8_u/);
    assert.doesNotMatch(text, /i32\.add/);
  });

  it("adds to an offset that is there, through a bounded shift, in stores too", () => {
    const address = (m: binaryen.Module) =>
      m.i32.add(
        m.i32.shl(m.i32.load16_u(0, 2, m.local.get(0, binaryen.i32)), m.i32.const(2)),
        m.i32.const(64),
      );
    assert.match(
      folded((m) => m.i32.load(8, 4, address(m))),
      /i32\.load offset=72/,
    );
    const store = folded((m) =>
      m.block(null, [m.i32.store(4, 4, address(m), m.i32.const(1)), m.i32.const(0)], binaryen.i32),
    );
    assert.match(store, /i32\.store offset=68/);
  });

  it("leaves an address alone whose rest may be negative: an addition wraps, an offset does not", () => {
    const pointer = folded((m) =>
      m.i32.load(0, 4, m.i32.add(m.local.get(0, binaryen.i32), m.i32.const(512))),
    );
    assert.match(pointer, /i32\.add/);
    const signed = folded((m) =>
      m.i32.load8_u(0, 1, m.i32.add(m.i32.load8_s(0, 1, m.local.get(0, binaryen.i32)), m.i32.const(128))),
    );
    assert.match(signed, /i32\.add/);
    const negative = folded((m) =>
      m.i32.load8_u(0, 1, m.i32.add(m.i32.load8_u(0, 1, m.local.get(0, binaryen.i32)), m.i32.const(-4))),
    );
    assert.match(negative, /i32\.add/);
    const word = folded((m) =>
      m.i32.load8_u(0, 1, m.i32.add(m.i32.load(0, 4, m.local.get(0, binaryen.i32)), m.i32.const(4))),
    );
    assert.match(word, /i32\.add/);
  });

  it("leaves a shift alone that may leave 31 bits", () => {
    const text = folded((m) =>
      m.i32.load(
        0,
        4,
        m.i32.add(
          m.i32.shl(m.i32.load16_u(0, 2, m.local.get(0, binaryen.i32)), m.i32.const(16)),
          m.i32.const(4),
        ),
      ),
    );
    assert.match(text, /i32\.add/);
  });
});
