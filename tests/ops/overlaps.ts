/** Runs kernels with their output as close behind a dying input as they allow, to see that no write comes too early. */

import { strict as assert } from "node:assert";
import { buildPlan } from "../../codegen/build/build_plan.ts";
import { evaluateGraph } from "../../codegen/graph/evaluate.ts";
import { tensorAt } from "../../codegen/graph/graph.ts";
import { bytesOf, tensorBytes, valuesOf } from "../../codegen/graph/tensor.ts";
import type { Argument } from "../../codegen/ops/descriptor.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import type { PlannedLayer } from "../../codegen/plan/plan.ts";
import { TARGETS, type Target } from "../../codegen/plan/target.ts";
import { chooseVariants } from "../../codegen/plan/variants.ts";
import { type FileOperatorCase, graphOf } from "./file_operator.ts";
import { randomOf, randomValues, sameBytes } from "./random_values.ts";

const STYLE = { compact: false };

/** One operator with output 0 placed `distance` bytes before one of its inputs. */
interface Placement {
  readonly description: () => string;
  readonly layer: PlannedLayer;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operator: number;
}

/**
 * Asserts that each operator gives the reference's bytes with its first output at the least distance before each
 * input that its kernel allows. Throws where no kernel allows any.
 */
export async function assertOverlapsHold(
  cases: readonly FileOperatorCase[],
  target: Target = TARGETS.portable,
): Promise<void> {
  const graph = graphOf(cases);
  const chosen = chooseVariants(graph, target, () => STYLE);
  const plan = makePlan(graph, { target, inline: "all" });
  let end = Math.ceil(plan.memory.totalBytes / 16) * 16;
  const take = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 16) * 16 + 16;
    return address;
  };

  const placements: Placement[] = [];
  chosen.forEach(({ layer, variant, packed }, operator) => {
    layer.inputs.forEach((input, index) => {
      const distance = input && !input.data && !input.state ? variant.overlap?.(layer, index) : undefined;
      const planned = plan.layers[operator];
      const [first, ...others] = layer.outputs;
      if (distance === undefined || !input || !first || !planned) return;
      const base = take(Math.max(tensorBytes(first), distance + tensorBytes(input)));
      const inputs = layer.inputs.map((other, k) =>
        k === index ? base + distance : take(other ? tensorBytes(other) : 0),
      );
      const outputs = [
        base,
        ...others.map(
          (output) => inputs[output.state ? layer.inputs.indexOf(output) : -1] ?? take(tensorBytes(output)),
        ),
      ];
      const addressOf = (argument: Argument): number | undefined => {
        if ("input" in argument && !layer.inputs[argument.input]?.data) return inputs[argument.input];
        return "output" in argument ? outputs[argument.output] : undefined;
      };
      const calls = variant.calls(layer, packed, STYLE).map((call, c) =>
        call.map((argument, a) => {
          const address = addressOf(argument);
          const offset = "offset" in argument ? (argument.offset ?? 0) : 0;
          const value =
            address === undefined ? (planned.calls[c]?.[a]?.value ?? Number.NaN) : address + offset;
          return { name: argument.name, value };
        }),
      );
      const number = placements.length;
      placements.push({
        description: () => `${JSON.stringify(cases[operator])} over input ${index}`,
        layer: { ...planned, index: number, name: `layer_${number}_${planned.kind}`, calls },
        inputs,
        outputs,
        operator,
      });
    });
  });
  assert.ok(placements.length > 0, "expected kernels that allow an overlap");

  const layers = placements.map(({ layer }) => layer);
  const memory = { ...plan.memory, totalBytes: end, pages: Math.ceil(end / 65536) };
  const { wasm } = await buildPlan({ ...plan, layers, memory }, { size: false, profile: false });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm)));
  assert.ok(exports.memory instanceof WebAssembly.Memory && typeof exports.invoke === "function");
  const bytes = new Uint8Array(exports.memory.buffer);
  const random = randomOf(1);
  const expected = placements.map(({ operator, inputs }) => {
    const { inputs: ids = [], outputs = [] } = graph.operators[operator] ?? {};
    const given = ids.filter((id) => id >= 0 && !tensorAt(graph, id).data);
    const values = new Map(given.map((id) => [id, randomValues(tensorAt(graph, id), random)]));
    for (const [id, drawn] of values) bytes.set(bytesOf(drawn), inputs[ids.indexOf(id)] ?? 0);
    const alone = { ...graph, operators: graph.operators.slice(operator, operator + 1) };
    const dying = given.filter((id) => !tensorAt(graph, id).state);
    const state = new Map(
      [...values].flatMap(([id, drawn]) =>
        tensorAt(graph, id).state ? [[id, bytesOf(drawn)] as const] : [],
      ),
    );
    return evaluateGraph(
      { ...alone, inputs: dying, outputs },
      dying.flatMap((id) => values.get(id) ?? []),
      state,
    );
  });
  exports.invoke();
  placements.forEach(({ description, outputs, layer }, number) => {
    expected[number]?.forEach((want, k) => {
      const address = outputs[k] ?? 0;
      const dtype = layer.outputs[k]?.dtype ?? "int8";
      const found = valuesOf(dtype, bytes.subarray(address, address + want.byteLength));
      if (!sameBytes(found, want)) assert.fail(`${description()} gives ${found} instead of ${want}`);
    });
  });
}
