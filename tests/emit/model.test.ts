import { strict as assert } from "node:assert";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { emitModel } from "../../codegen/emit/model.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { binary } from "../ops/binary_operators.ts";
import { graphOf, tensor } from "../ops/file_operator.ts";
import { KERNEL_CASES, planOf } from "./kernel_cases.ts";

/** Set to write the snapshots anew: look at what changed before you commit them. */
const UPDATE = process.env.UPDATE_SNAPSHOTS === "1";
const OPTIONS = { generator: "mote-nn", profile: false };

function assertSnapshot(name: string, text: string): void {
  const url = new URL(`snapshots/${name}.ts.txt`, import.meta.url);
  if (UPDATE) {
    mkdirSync(new URL(".", url), { recursive: true });
    writeFileSync(url, text);
  }
  assert.ok(existsSync(url), `no snapshot ${name}: run this test with UPDATE_SNAPSHOTS=1`);
  assert.equal(text, readFileSync(url, "utf8"), "run this test with UPDATE_SNAPSHOTS=1 if that is meant");
}

describe("model.ts", () => {
  for (const entry of KERNEL_CASES) {
    it(`calls ${entry.kernel} as in its snapshot`, () => {
      const plan = planOf(entry);
      assert.deepEqual(
        plan.layers.map(({ kernel }) => kernel.name),
        [entry.kernel],
      );
      assertSnapshot(entry.kernel, emitModel(plan, OPTIONS));
    });
  }

  it("exports a function for each layer of a profile", () => {
    const [entry] = KERNEL_CASES;
    assert.ok(entry);
    const text = emitModel(planOf(entry), { ...OPTIONS, profile: true });
    assert.match(text, /export function invoke_layer\(index: i32\): void \{\n {2}if \(index == 0\) layer_0/);
  });

  it("lets no name of a tensor end the comment that it stands in", () => {
    const named = { ...tensor([2]), name: "*/ unreachable(); /* \n // “x”" };
    const graph = graphOf([binary("ADD", [named, named], tensor([2]))]);
    const text = emitModel(planOf({ kernel: "", target: TARGETS.portable, graph }), OPTIONS);
    const code = text.replace(/\/\*[\s\S]*?\*\//g, "");
    assert.doesNotMatch(code, /unreachable|“/);
  });
});
