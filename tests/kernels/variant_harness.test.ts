import { strict as assert } from "node:assert";
import type { KernelVariant } from "../../codegen/ops/descriptor.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { tensor } from "../ops/file_operator.ts";
import { type Random, randomValues } from "../ops/random_values.ts";
import { checkVariants, type LayerRun, layer, runVariant } from "../ops/variant_harness.ts";

const descriptor = descriptorOf({ kind: "lookup_table" });
const [variant] = descriptor.variants;
assert.ok(variant);
const table = Array.from({ length: 256 }, (_, index) => 127 - index);

function drawn(random: Random): LayerRun {
  const input = tensor([random.int(1, 30)]);
  return { layer: layer("lookup_table", { table }, [input], [input]), inputs: [randomValues(input, random)] };
}

/** The lookup with another number of elements, or another variant altogether. */
function altered(count: (elements: number) => number, more: Partial<KernelVariant<unknown>> = {}) {
  assert.ok(variant);
  const calls: KernelVariant<unknown>["calls"] = (given, packed, style) =>
    variant
      .calls(given, packed, style)
      .map((call) =>
        call.map((argument) =>
          "literal" in argument && argument.name === "count"
            ? { ...argument, literal: count(argument.literal) }
            : argument,
        ),
      );
  return { ...descriptor, variants: [{ ...variant, calls, ...more }] };
}

describe("variant harness", () => {
  it("passes a kernel that is right, and says which ran", async () => {
    assert.deepEqual(
      await checkVariants(descriptor, drawn, { rounds: 10, seed: 3 }),
      new Set(["lookup_table_s8"]),
    );
  });

  it("runs one variant on given values", async () => {
    const run = {
      layer: layer("lookup_table", { table }, [tensor([3])], [tensor([3])]),
      inputs: [Int8Array.of(-128, 0, 127)],
    };
    assert.deepEqual(await runVariant(variant, run), [Int8Array.of(127, -1, -128)]);
  });

  it("finds writes behind an output", async () => {
    await assert.rejects(
      checkVariants(
        altered((count) => count + 1),
        drawn,
      ),
      /writes beside outputs/,
    );
  });

  it("finds outputs that are left as they were", async () => {
    await assert.rejects(
      checkVariants(
        altered((count) => Math.max(1, count - 1)),
        drawn,
      ),
      /instead of/,
    );
  });

  it("finds an overlap that is too close", async () => {
    // One byte behind the input, each write hits the value that is read next.
    const close = altered((count) => count, { overlap: () => -1 });
    await assert.rejects(checkVariants(close, drawn), /"overlap":\{"input":0,"distance":-1\}.* instead of/);
  });

  it("finds an input that has no place, and layers that no variant takes", async () => {
    const other = altered((count) => count, { calls: () => [[{ name: "input", input: 7 }]] });
    await assert.rejects(checkVariants(other, drawn), /no value of input/);
    await assert.rejects(
      checkVariants(
        altered((count) => count, { fits: () => false }),
        drawn,
      ),
      /no variant/,
    );
  });
});
