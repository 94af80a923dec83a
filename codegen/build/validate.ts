/** Validates a finished module with wabt, a second implementation, and prints its text form. */

import { MoteError } from "../error.ts";
import { hasSimd, type Target } from "../plan/target.ts";

/** The features that a target's modules may use: nothing more than it promises. */
function featuresOf(target: Target) {
  return {
    mutable_globals: true,
    sign_extension: true,
    simd: hasSimd(target),
    relaxed_simd: target.simd === "relaxed",
    bulk_memory: target.flashWeights,
    reference_types: false,
    multi_value: false,
    sat_float_to_int: false,
  };
}

type Wabt = Awaited<ReturnType<typeof import("wabt")>>;

let instance: Promise<Wabt> | undefined;

/** wabt is a WebAssembly module itself: instantiated once, on the first use. */
function loadWabt(): Promise<Wabt> {
  instance ??= import("wabt").then(({ default: load }) => load());
  return instance;
}

async function withModule<T>(
  wasm: Uint8Array,
  target: Target,
  use: (module: { validate(): void; text(): string }) => T,
): Promise<T> {
  const wabt = await loadWabt();
  const module = wabt.readWasm(wasm, { ...featuresOf(target), readDebugNames: true });
  try {
    return use({
      validate: () => module.validate(),
      text: () => module.toText({ foldExprs: true, inlineExport: true }),
    });
  } finally {
    module.destroy();
  }
}

/** Throws a `MoteError` where the module is invalid or uses more than the target has: a bug of ours. */
export async function validate(wasm: Uint8Array, target: Target): Promise<void> {
  try {
    await withModule(wasm, target, (module) => module.validate());
  } catch (error) {
    throw new MoteError(
      "build-failed",
      "mote",
      `the built module does not validate: ${String(error).split("\n")[0]} Please report this with the model.`,
    );
  }
}

/** The `.wat` of a module. */
export function textOf(wasm: Uint8Array, target: Target): Promise<string> {
  return withModule(wasm, target, (module) => module.text());
}
