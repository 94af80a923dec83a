/** Writes `<name>.js`: an ES module without dependencies that loads and runs the module beside it. */

import type { Manifest, ManifestTensor } from "../compile_result.ts";
import { buildsJs, listedManifest } from "./js_builds.ts";
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

/** A module's file and what it says of itself. */
export interface BuildFile {
  readonly file: string;
  readonly manifest: Manifest;
}

/**
 * Text of `<name>.js` for the builds of one model, the fastest first. The manifest of the last one stands on a line of its own,
 * as JSON, for `manifestOfJs`.
 */
export function packageJs(builds: readonly BuildFile[]): string {
  const { file, manifest } = lastOf(builds);
  const needsChoice = builds.length > 1 || manifest.dotBits !== undefined;
  const files = builds.length > 1 ? "the right one of the modules" : inComment(file);
  return [
    `// ${inComment(manifest.name)}.js: runs ${files}, which ${builds.length > 1 ? "lie" : "lies"} beside it. Written by ${inComment(manifest.generator)}.`,
    "//",
    "// Use: const model = await load(); const outputs = model.run({ name: values });",
    "// Types and what each function does: the .d.ts beside this file.",
    "",
    `export const manifest = ${JSON.stringify(shownManifest(manifest))};`,
    "",
    needsChoice
      ? buildsJs(builds.map((build) => ({ ...build, manifest: shownManifest(build.manifest) })))
      : onlyBuild(file),
    JS_RUNTIME,
  ].join("\n");
}

function onlyBuild(file: string): string {
  return [
    "function defaultSource() {",
    `  return new URL(${JSON.stringify(`./${file}`)}, import.meta.url);`,
    "}",
    "",
    "function manifestOf() {",
    "  return manifest;",
    "}",
  ].join("\n");
}

/** The build that asks least of a machine: where one of several stands for all of them, it is this one. */
export function lastOf<T>(builds: readonly T[]): T {
  const last = builds.at(-1);
  if (last === undefined) throw new RangeError("a package needs a build");
  return last;
}

/**
 * The manifest inside a `<name>.js` that `packageJs` wrote, read without running it; undefined in other text. With several
 * builds, that of the module `file`. Its tensors bear the keys of `tensorKeys`.
 */
export function manifestOfJs(text: string, file = ""): Manifest | undefined {
  const json = MANIFEST_LINE.exec(text)?.[1];
  if (json === undefined) return undefined;
  try {
    const found: unknown = JSON.parse(json);
    return isManifest(found) ? listedManifest(text, found, file) : undefined;
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
