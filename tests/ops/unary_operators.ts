/** Unary operators for tests: golden tables of TFLite, and what all of them have in common. */

import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { bytesOf, type DType, elementBytes, numbersOf, valuesOf } from "../../codegen/graph/tensor.ts";
import {
  assertModulesMatch,
  assertRefused,
  type FileOperatorCase,
  reference,
  tensor,
} from "./file_operator.ts";
import { assertOverlapsHold } from "./overlaps.ts";
import { randomOf } from "./random_values.ts";
import { checkCases } from "./variant_harness.ts";

/** The int8 values in order, as an operator's input. */
export const DOMAIN = Int8Array.from({ length: 256 }, (_, index) => index - 128);

/** What TFLite Micro, or LiteRT where that has no kernel, makes of inputs; each of a model of one operator. */
interface UnaryGolden {
  readonly operator: string;
  /** int8 if left out. */
  readonly dtype?: DType;
  readonly options?: Record<string, number>;
  /** Scale and zero point. */
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  /** All int8 values if left out. */
  readonly inputs?: readonly number[];
  readonly values: readonly number[];
}

interface UnaryOptions {
  readonly shape?: readonly number[];
  readonly options?: Record<string, number>;
  readonly dtype?: DType;
}

/** An operator of one input. */
export function unary(
  spelling: string,
  input: readonly [number, number],
  output: readonly [number, number],
  { shape = [256], options = {}, dtype = "int8" }: UnaryOptions = {},
): FileOperatorCase {
  const inputs = [tensor(shape, ...input, dtype)];
  return { spelling, inputs, outputs: [tensor(shape, ...output, dtype)], options };
}

/** Adds a test for each golden table of the operator. */
export function testGoldenTables(spelling: string): void {
  const file = new URL("fixtures/unary_goldens.json", import.meta.url);
  const goldens: UnaryGolden[] = JSON.parse(readFileSync(file, "utf8"));
  for (const golden of goldens.filter(({ operator }) => operator === spelling)) {
    const { dtype = "int8", options = {}, input, output, values } = golden;
    const more = Object.entries(options).map(([name, value]) => `, ${name} ${value}`);
    it(`gives TFLite's ${dtype} values for inputs of scale ${input[0]}, zero point ${input[1]}${more.join("")}`, () => {
      const count = values.length;
      const domain = valuesOf(dtype, new Uint8Array(count * elementBytes(dtype)));
      (golden.inputs ?? Array.from(DOMAIN)).forEach((value, index) => {
        domain[index] = value;
      });
      const entry = unary(spelling, input, output, { shape: [count], options, dtype });
      assert.deepEqual(reference(entry, domain).map(numbersOf), [values]);
    });
  }
}

/** Asserts that modules with `kernel` give the reference's bytes, also in place. */
export async function assertUnaryModules(
  entries: readonly FileOperatorCase[],
  kernel = "lookup_table_s8",
): Promise<void> {
  assert.deepEqual(await assertModulesMatch(entries), new Set([kernel]));
  await assertOverlapsHold(entries);
  assert.deepEqual(await checkCases(entries), new Set([kernel]));
}

/** Numbers at the borders of what float32 holds and of what functions treat apart, and many more of either sign. */
const FLOATS = (() => {
  const borders = [0, 1e-45, 1e-38, 0.3, 0.5, 1, 1.5, 2.5, 6, 8388607.5, 1e10, 3.4e38, Infinity];
  const ends = [Math.PI / 4, Math.PI / 2, Math.PI, 3, 9, 16.62, 88.72, 88.73, 103.9, 104, 2 ** 127];
  const random = randomOf(33);
  const others = Array.from({ length: 400 }, () => 10 ** (random.real() * 12 - 6));
  const positive = [...borders, ...ends, ...others];
  return Float32Array.from([...positive, ...positive.map((value) => -value), Number.NaN]);
})();

/** A float32 operator on what is given. */
export function floats(spelling: string, values: Float32Array, options: Record<string, number> = {}) {
  const output = tensor([values.length], 1, 0, "float32");
  const input = { ...output, data: bytesOf(values) };
  return { spelling, inputs: [input], outputs: [output], options };
}

/** What a float32 operator makes of numbers. */
export function floatResults(
  spelling: string,
  values: readonly number[],
  options: Record<string, number> = {},
): number[] {
  const [found] = reference(floats(spelling, Float32Array.from(values), options));
  return numbersOf(found);
}

/** Asserts that modules with `kernel` give the reference's bits for float32, also in place. */
export async function assertFloatModules(
  spelling: string,
  kernel: string,
  options: Record<string, number> = {},
): Promise<void> {
  const computed = unary(spelling, [1, 0], [1, 0], { shape: [3, 40], options, dtype: "float32" });
  const kernels = await assertModulesMatch([floats(spelling, FLOATS, options), computed]);
  assert.deepEqual(kernels, new Set([kernel]));
  await assertOverlapsHold([computed]);
  assert.deepEqual(await checkCases([computed]), new Set([kernel]));
}

/** Asserts the refusals that all unary int8 operators share; `entry` is one that is taken. */
export function assertUnaryRefusals(entry: FileOperatorCase): void {
  const [input = tensor([])] = entry.inputs;
  const [output = tensor([])] = entry.outputs;
  const types = /expects int8.* tensors, found/;
  assertRefused({ ...entry, inputs: [{ ...input, dtype: "int16" }] }, types);
  assertRefused({ ...entry, outputs: [{ ...output, dtype: "uint8" }] }, types);
  assertRefused({ ...entry, outputs: [{ ...output, shape: [3] }] }, /expects an output of .*, found 3/);
  assertRefused({ ...entry, inputs: [input, input] }, /1 input and 1 output, found 2 and 1/);
  const { quantization: _, ...plain } = input;
  assertRefused({ ...entry, inputs: [plain] }, /has no quantization/);
}

/** Asserts that int16 tensors with a zero point are refused; `entry` is one that is taken. */
export function assertSymmetricRefusals(entry: FileOperatorCase): void {
  const [input = tensor([])] = entry.inputs;
  const shifted = { ...input, quantization: { scales: [0.5], zeroPoints: [3], axis: 0 } };
  assertRefused({ ...entry, inputs: [shifted] }, /zero points of 0 for int16, found 3 and 0/);
  assertRefused({ ...entry, outputs: [shifted] }, /zero points of 0 for int16, found 0 and 3/);
}
