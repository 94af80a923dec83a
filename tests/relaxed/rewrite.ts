/**
 * Replaces relaxed dot products in a module by SIMD128 that computes what one of the machines in docs/builds.md does, so that
 * any engine runs it: `i32x4.relaxed_dot_i8x16_i7x16_add_s` becomes a call of a function that is added.
 */

import { strict as assert } from "node:assert";
import { TARGETS, type Target } from "../../codegen/plan/target.ts";

/** Second operand signed or unsigned with exact sums; signed with sums of two that wrap, unsigned with those that saturate. */
export type DotMachine = "signed" | "unsigned" | "wrapping" | "saturating";

export const DOT_MACHINES: readonly DotMachine[] = ["signed", "unsigned", "wrapping", "saturating"];

/** The machines on which kernels have to be exact that need so many bits; without any, the engine's own will do. */
export function machinesFor(bits: 7 | 8 | undefined): readonly (DotMachine | undefined)[] {
  if (bits === undefined) return [undefined];
  return DOT_MACHINES.filter((machine) => bits === 7 || machine !== "saturating");
}

/** Node with relaxed SIMD. */
export const RELAXED: Target = { ...TARGETS.node, simd: "relaxed" };

const INSTRUCTION = "(i32x4.relaxed_dot_i8x16_i7x16_add_s";
const NAME = "$dot_as_on_another_machine";

/** Products of byte 0 to 7, or 8 to 15, in 16 bits, which hold them: 128 · 255 is below 2^15. */
function products(machine: DotMachine, half: "low" | "high"): string {
  const sign = machine === "unsigned" || machine === "saturating" ? "u" : "s";
  return `(i16x8.mul (i16x8.extend_${half}_i8x16_s (local.get 0)) (i16x8.extend_${half}_i8x16_${sign} (local.get 1)))`;
}

/** Lanes 0, 2, 4 … or 1, 3, 5 … of two vectors of `bytes`-byte lanes. */
function every(second: 0 | 1, bytes: 2 | 4, low: string, high: string): string {
  const lanes = Array.from({ length: 16 / bytes }, (_, lane) => (2 * lane + second) * bytes);
  const places = lanes.flatMap((start) => Array.from({ length: bytes }, (_, byte) => start + byte));
  return `(i8x16.shuffle ${places.join(" ")} ${low} ${high})`;
}

function dotFunction(machine: DotMachine): string {
  const [low, high] = [products(machine, "low"), products(machine, "high")];
  const exact = (half: string) => `(i32x4.extadd_pairwise_i16x8_s ${half})`;
  const add = machine === "wrapping" ? "i16x8.add" : "i16x8.add_sat_s";
  const pairs = `(${add} ${every(0, 2, low, high)} ${every(1, 2, low, high)})`;
  const fours =
    machine === "wrapping" || machine === "saturating"
      ? exact(pairs)
      : `(i32x4.add ${every(0, 4, exact(low), exact(high))} ${every(1, 4, exact(low), exact(high))})`;
  return `(func ${NAME} (param v128 v128 v128) (result v128) (i32x4.add (local.get 2) ${fours}))`;
}

/** The module with its relaxed dot products as on `machine`, and how many these are; without one, the module as it is. */
export async function withDotsOf(
  machine: DotMachine | undefined,
  wasm: Uint8Array,
): Promise<{ readonly wasm: Uint8Array<ArrayBuffer>; readonly dots: number }> {
  if (machine === undefined) return { wasm: Uint8Array.from(wasm), dots: 0 };
  const { default: binaryen } = await import("binaryen");
  // What a module with asc's runtime uses, beside the instructions in question.
  const { MVP, SignExt, MutableGlobals, NontrappingFPToInt, BulkMemory, SIMD128, RelaxedSIMD } =
    binaryen.Features;
  const features = MVP | SignExt | MutableGlobals | NontrappingFPToInt | BulkMemory | SIMD128;
  const before = binaryen.readBinary(wasm);
  before.setFeatures(features | RelaxedSIMD);
  const text = before.emitText();
  before.dispose();
  const pieces = text.split(INSTRUCTION);
  const rewritten = pieces.join(`(call ${NAME}`).trimEnd();
  assert.ok(rewritten.endsWith(")"));
  const after = binaryen.parseText(`${rewritten.slice(0, -1)}\n${dotFunction(machine)}\n)`);
  after.setFeatures(features);
  const bytes = Uint8Array.from(after.emitBinary());
  after.dispose();
  return { wasm: bytes, dots: pieces.length - 1 };
}
