/** Unary int8 operators for tests: golden tables of TFLite Micro, and what all of them have in common. */

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import {
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { checkCases } from "./variant_harness.ts";

/** The int8 values in order, as an operator's input. */
export const DOMAIN = Int8Array.from({ length: 256 }, (_, index) => index - 128);

/** What TFLite Micro makes of all 256 inputs; the models were converted from one operator each. */
interface UnaryGolden {
  readonly operator: string;
  readonly alpha?: number;
  /** Scale and zero point. */
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly values: readonly number[];
}

/** An operator of one input. */
export function unary(
  spelling: string,
  input: readonly [number, number],
  output: readonly [number, number],
  { shape = [256], options = {} }: { shape?: readonly number[]; options?: Record<string, number> } = {},
): FileOperatorCase {
  return { spelling, inputs: [tensor(shape, ...input)], outputs: [tensor(shape, ...output)], options };
}

/** Adds a test for each golden table of the operator. */
export function testGoldenTables(spelling: string): void {
  const file = new URL("fixtures/unary_goldens.json", import.meta.url);
  const goldens: UnaryGolden[] = JSON.parse(readFileSync(file, "utf8"));
  for (const { operator, alpha, input, output, values } of goldens) {
    if (operator !== spelling) continue;
    const slope = alpha === undefined ? "" : `, alpha ${alpha}`;
    it(`gives TFLite Micro's 256 values for inputs of scale ${input[0]}, zero point ${input[1]}${slope}`, () => {
      const options = alpha === undefined ? {} : { alpha };
      const entry = unary(spelling, input, output, { options });
      assert.deepEqual(reference(entry, DOMAIN), [Int8Array.from(values)]);
    });
  }
}

/** Asserts that modules give the reference's bytes, also in place. */
export async function assertUnaryModules(entries: readonly FileOperatorCase[]): Promise<void> {
  assert.deepEqual(await assertModulesMatch(entries), new Set(["lookup_table_s8"]));
  await assertOverlapsHold(entries);
  assert.deepEqual(await checkCases(entries), new Set(["lookup_table_s8"]));
}

/** Asserts the refusals that all unary int8 operators share; `entry` is one that is taken. */
export function assertUnaryRefusals(entry: FileOperatorCase): void {
  const [input = tensor([])] = entry.inputs;
  const [output = tensor([])] = entry.outputs;
  assertRefused({ ...entry, inputs: [{ ...input, dtype: "int16" }] }, /int8 tensors, found int16 and int8/);
  assertRefused({ ...entry, outputs: [{ ...output, dtype: "uint8" }] }, /int8 tensors, found int8 and uint8/);
  assertRefused({ ...entry, outputs: [{ ...output, shape: [3] }] }, /expects an output of .*, found 3/);
  assertRefused({ ...entry, inputs: [input, input] }, /1 input and 1 output, found 2 and 1/);
  const { quantization: _, ...plain } = input;
  assertRefused({ ...entry, inputs: [plain] }, /has no quantization/);
}
