/** Writes `<name>.js`: an ES module without dependencies that loads and runs the module beside it. */

import type { Manifest, ManifestTensor } from "../compile_result.ts";
import { JS_RUNTIME } from "./js_runtime.ts";
import { inComment, tensorKeys } from "./names.ts";

const MANIFEST_LINE = /^export const manifest = (\{.*\});$/m;

/** The manifest with every tensor under the key that the package shows it by. */
export function shownManifest(manifest: Manifest): Manifest {
  const keyed = (tensors: readonly ManifestTensor[], side: "input" | "output"): ManifestTensor[] => {
    const keys = tensorKeys(tensors, side);
    return tensors.map((tensor, index) => {
      const shown = { ...tensor, name: keys[index] ?? tensor.name };
      return tensor.scale === undefined ? shown : { ...shown, zeroPoint: tensor.zeroPoint ?? 0 };
    });
  };
  return { ...manifest, inputs: keyed(manifest.inputs, "input"), outputs: keyed(manifest.outputs, "output") };
}

/** Text of `<name>.js`. The manifest stands on a line of its own, as JSON, for `manifestOfJs`. */
export function packageJs(manifest: Manifest): string {
  return [
    `// ${inComment(manifest.name)}.js: runs ${inComment(manifest.name)}.wasm, which lies beside it. Written by ${inComment(manifest.generator)}.`,
    "//",
    "// Use: const model = await load(); const outputs = model.run({ name: values });",
    "// Types and what each function does: the .d.ts beside this file.",
    "",
    `export const manifest = ${JSON.stringify(shownManifest(manifest))};`,
    "",
    "function defaultSource() {",
    `  return new URL(${JSON.stringify(`./${manifest.name}.wasm`)}, import.meta.url);`,
    "}",
    JS_RUNTIME,
  ].join("\n");
}

/**
 * The manifest inside a `<name>.js` that `packageJs` wrote, read without running it; undefined in other text.
 * Its tensors bear the keys of `tensorKeys`.
 */
export function manifestOfJs(text: string): Manifest | undefined {
  const json = MANIFEST_LINE.exec(text)?.[1];
  if (json === undefined) return undefined;
  try {
    const found: unknown = JSON.parse(json);
    return isManifest(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is Manifest {
  return (
    typeof value === "object" &&
    value !== null &&
    "abi" in value &&
    value.abi === 1 &&
    "inputs" in value &&
    Array.isArray(value.inputs) &&
    "outputs" in value &&
    Array.isArray(value.outputs)
  );
}
