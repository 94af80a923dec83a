/** How `--optimize balanced` spends its allowance. */

import { strict as assert } from "node:assert";
import { compileModel } from "../../codegen/compile.ts";
import { importModel } from "../../codegen/import/index.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { allowance, savedByInlining, spendAllowance } from "../../codegen/plan/budget.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { conformanceCase, conformanceNetwork } from "../conformance/conformance.ts";
import { firstDifference } from "../networks.ts";
import { tensor } from "../ops/file_operator.ts";

describe("plan: budget", () => {
  it("is 15 % of the smallest module or 6,000 bytes", () => {
    assert.equal(allowance("size", 100_000), 0);
    assert.equal(allowance("balanced", 10_000), 6000);
    assert.equal(allowance("balanced", 100_000), 15_000);
  });

  it("goes to what saves most time a byte, and on to what still fits", () => {
    const candidates = [
      { layer: 0, kernel: "a", extraBytes: 1000, saved: 1000 },
      { layer: 1, kernel: "a", extraBytes: 500, saved: 2000 },
      { layer: 2, kernel: "b", extraBytes: 900, saved: 1800 },
      { layer: 3, kernel: "b", extraBytes: 100, saved: 50 },
      { layer: 4, kernel: "c", extraBytes: -20, saved: 1 },
    ];
    const spent = (bytes: number) => [...spendAllowance(candidates, new Map(), bytes)].sort();
    assert.deepEqual(spent(1000), [1, 3, 4]);
    assert.deepEqual(spent(1400), [1, 2, 4]);
    assert.deepEqual(spent(-1), [4]);
  });

  it("may go to all layers of a kernel, whose own function then goes", () => {
    const candidates = [
      { layer: 0, kernel: "a", extraBytes: 500, saved: 1000 },
      { layer: 1, kernel: "b", extraBytes: 900, saved: 900 },
      { layer: 2, kernel: "b", extraBytes: 900, saved: 800 },
    ];
    const spent = (shared: number) => [...spendAllowance(candidates, new Map([["b", shared]]), 1000)].sort();
    assert.deepEqual(spent(0), [0]);
    assert.deepEqual(spent(900), [1, 2]);
    assert.deepEqual(spent(1300), [0, 1, 2]);
  });

  it("products count for portable kernels, outputs for both", () => {
    const deep = { macs: 100_000, outputs: [tensor([1, 10])] };
    const wide = { macs: 10_000, outputs: [tensor([1, 1000])] };
    const { portable, node } = TARGETS;
    assert.ok(savedByInlining(deep, portable) > savedByInlining(wide, portable));
    assert.ok(savedByInlining(deep, node) < savedByInlining(wide, node));
  });

  it("takes layers out of a loop that `size` makes of them, and is kept", async function () {
    this.timeout(120_000);
    const entry = conformanceCase("vww_96_int8");
    if (!entry) this.skip();
    const network = conformanceNetwork(entry);
    const options = { file: "vww.tflite", target: "node" };
    const { graph } = runPasses(importModel(network.model, options));
    assert.ok(makePlan(graph, { target: TARGETS.node, inline: new Set() }).loops.length > 0);
    const size = await compileModel(network.model, { ...options, optimize: "size" });
    const { wasm, report } = await compileModel(network.model, { ...options, optimize: "balanced" });
    assert.ok(wasm.length <= size.wasm.length + allowance("balanced", size.wasm.length));
    const inlined = report.layers.filter(({ inline, kernel }) => inline && kernel.startsWith("conv_2d"));
    assert.ok(inlined.length >= 3, `only ${inlined.length} convolutions are inlined`);
    assert.equal(firstDifference(network, wasm), undefined);
  });
});
