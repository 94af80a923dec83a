import { strict as assert } from "node:assert";
import { MoteError } from "../../codegen/error.ts";
import type { Graph } from "../../codegen/graph/graph.ts";
import { makeManifest } from "../../codegen/package/manifest.ts";
import { runPasses } from "../../codegen/passes/index.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS, type Target } from "../../codegen/plan/target.ts";
import { NetworkBuilder } from "../network_builder.ts";
import { graphOf } from "../ops/file_operator.ts";
import { unary } from "../ops/unary_operators.ts";

/** A device without floats. */
const BARE: Target = { ...TARGETS.portable, floats: false };
const FACTS = { generator: "mote-nn", source: "00", optimize: "size" } as const;

/** x → DEQUANTIZE → SIN → QUANTIZE → y; the network gives out what `outputs` picks of all four tensors. */
function sine(outputs: (tensors: readonly number[]) => readonly number[]): Graph {
  const b = new NetworkBuilder();
  const x = b.tensor([1, 3], 0.05, 10);
  const real = () => b.tensors.push({ name: `r${b.tensors.length}`, shape: [1, 3], dtype: "float32" }) - 1;
  const value = b.operator("dequantize", [x], [real()]);
  const result = b.operator("sin", [value], [real()]);
  const y = b.operator("quantize", [result], [b.tensor([1, 3], 1 / 128)]);
  return b.graph([x], outputs([x, value, result, y]));
}

function assertRefused(graph: Graph, sentence: RegExp): void {
  assert.throws(
    () => makePlan(graph, { target: BARE, inline: "all" }),
    (error: unknown) =>
      error instanceof MoteError && error.code === "unsupported-operator" && sentence.test(error.message),
    `expected a refusal that matches ${sentence}`,
  );
}

describe("floats", () => {
  const inside = sine(([, , , y = -1]) => [y]);
  const border = sine(([, , result = -1]) => [result]);

  it("are marked in the plan and the manifest, layer by layer", () => {
    const plan = makePlan(inside, { target: TARGETS.portable, inline: "all" });
    assert.deepEqual(
      plan.layers.map(({ floats }) => floats),
      [true, true, true],
    );
    assert.equal(makeManifest(plan, FACTS).floats, true);
  });

  it("are gone where an int8 tensor depends on an int8 tensor by them", () => {
    const plan = makePlan(runPasses(inside).graph, { target: BARE, inline: "all" });
    assert.deepEqual(
      plan.layers.map(({ kind, floats }) => [kind, floats]),
      [["lookup_table", false]],
    );
    assert.equal("floats" in makeManifest(plan, FACTS), false);
  });

  it("are refused on a target without them, with the operator and what to do", () => {
    assertRefused(
      inside,
      /^random\.tflite: operator 0 \(DEQUANTIZE "dequantize_0"\): needs floats, which this build for target "portable" is to do without\. Export the model so that this operator is quantized to int8, or allow floats\.$/,
    );
    assertRefused(
      { ...border, operators: border.operators.slice(1, 2), inputs: border.operators[0]?.outputs ?? [] },
      /operator 1 \(SIN "sin_1"\): needs floats.* Export the model with integer inputs and outputs, or allow floats/,
    );
  });

  it("are refused where only the kernel needs them", () => {
    const root = graphOf([unary("SQRT", [0.5, 0], [0.5, 0], { shape: [4], dtype: "int16" })]);
    assertRefused(root, /\(SQRT "case_0"\): needs floats/);
    assert.equal(makePlan(root, { target: TARGETS.node, inline: "all" }).layers[0]?.floats, true);
    const tables = graphOf([unary("SQRT", [0.5, 0], [0.5, 0]), unary("EXP", [0.5, 0], [0.5, 0])]);
    assert.equal(makePlan(tables, { target: BARE, inline: "all" }).layers.length, 2);
  });

  it("are what every target has that a name stands for", () => {
    for (const target of Object.values(TARGETS)) assert.equal(target.floats, true);
  });
});
