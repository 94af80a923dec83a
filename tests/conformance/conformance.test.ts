/** Goldens: every case of the conformance set that Mote supports, bit for bit, on every build. */

import { strict as assert } from "node:assert";
import { compileModel, MoteError } from "../../codegen/index.ts";
import { OPERATORS } from "../../codegen/ops/index.ts";
import { firstDifference } from "../networks.ts";
import { conformanceCases, conformanceNetwork } from "./conformance.ts";

const BUILDS = [
  { target: "portable", optimize: "size" },
  { target: "portable", optimize: "speed" },
  { target: "node", optimize: "speed" },
] as const;

const cases = conformanceCases();
const spelled = new Set(OPERATORS.flatMap(({ tflite }) => tflite.map(({ name }) => name)));
const supported = cases.filter(
  ({ mode, ops, group }) =>
    (mode === "int8" || group.startsWith("real")) && Object.keys(ops).every((name) => spelled.has(name)),
);

describe("conformance", () => {
  it("covers 142 operator and network cases and 6 real networks, with their taps", function () {
    if (cases.length === 0) this.skip();
    const count = (...groups: string[]) => supported.filter(({ group }) => groups.includes(group)).length;
    assert.equal(count("op", "net"), 142);
    assert.equal(count("real"), 6);
    assert.equal(count("real_taps"), 6);
  });

  for (const entry of supported) {
    it(`${entry.name} gives the golden bytes`, async () => {
      const network = conformanceNetwork(entry);
      for (const build of BUILDS) {
        const { wasm } = await compileModel(network.model, { file: `${entry.name}.tflite`, ...build });
        assert.equal(firstDifference(network, wasm), undefined, `${build.target} ${build.optimize}`);
      }
    });
  }

  it("refuses every other .tflite case by the operator's name, or gives its golden bytes", async function () {
    const others = cases.filter((entry) => entry.model.endsWith(".tflite") && !supported.includes(entry));
    if (others.length === 0) this.skip();
    let refused = 0;
    for (const entry of others) {
      const file = `${entry.name}.tflite`;
      const network = conformanceNetwork(entry);
      try {
        const { wasm } = await compileModel(network.model, { file, optimize: "size" });
        assert.equal(firstDifference(network, wasm), undefined, entry.name);
      } catch (error) {
        if (!(error instanceof MoteError)) throw error;
        assert.match(error.message, new RegExp(`^${file}: (operator \\d+|tensor \\d+)`), entry.name);
        refused++;
      }
    }
    assert.ok(refused > 100, `${refused} of ${others.length} refused`);
  });
});
