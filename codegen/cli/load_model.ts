/** Takes a model file or a built module and gives a module that can run. */

import { basename } from "node:path";
import { type Instance, instantiate } from "../../host/node.ts";
import type { CompileOptions, CompileResult, Manifest } from "../compile_result.ts";
import { MoteError } from "../error.ts";
import { manifestOfJs } from "../package/js.ts";
import { baseOfModule } from "../package/package_files.ts";
import { externalDataBeside } from "./external_data.ts";
import { exists, readBytes } from "./files.ts";
import { type BuildFlags, compileOptions, givenFlags } from "./options.ts";
import { type Terminal, withProgress } from "./terminal.ts";

export interface LoadedModel {
  readonly path: string;
  /** Name of the file, for messages. */
  readonly file: string;
  readonly wasm: Uint8Array;
  readonly instance: Instance;
  /** Where the model was compiled just now. */
  readonly compiled?: CompileResult;
  /** The model file's bytes, where it is one. */
  readonly model?: Uint8Array;
}

/** Whether these bytes are a WebAssembly module. */
export function isWasm(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}

/**
 * Compiles a model file, or reads a module that `mote build` wrote; instantiates it.
 * Throws a `MoteError` on a file that is neither, and on flags that do not go with it.
 */
export async function loadModel(
  terminal: Terminal,
  path: string,
  flags: BuildFlags = {},
  extra: CompileOptions = {},
): Promise<LoadedModel> {
  const options = { ...compileOptions(flags), ...extra };
  const file = basename(path);
  const bytes = await readBytes(path);
  if (isWasm(bytes)) {
    refuseFlags(file, flags);
    const manifest = await manifestBeside(path);
    const instance = await instantiate(bytes, { file, ...(manifest ? { manifest } : {}) });
    return { path, file, wasm: bytes, instance };
  }
  const compiled = await compileFile(terminal, bytes, {
    ...options,
    file,
    externalData: externalDataBeside(path),
  });
  const { wasm, manifest } = compiled;
  return { path, file, wasm, instance: await instantiate(wasm, { file, manifest }), compiled, model: bytes };
}

/** Compiles a model's bytes under a progress line; the compiler (binaryen, asc) is loaded only here. */
export function compileFile(
  terminal: Terminal,
  bytes: Uint8Array,
  options: CompileOptions & { readonly file: string },
): Promise<CompileResult> {
  return withProgress(terminal, `building ${options.file}`, async () => {
    const { compileModel } = await import("../compile.ts");
    return compileModel(bytes, options);
  });
}

/** Throws a `MoteError` if a flag was given that a built module cannot follow any more. */
function refuseFlags(file: string, flags: BuildFlags): void {
  const given = givenFlags(flags);
  if (given.length === 0) return;
  throw new MoteError(
    "bad-option",
    "mote",
    `${given.join(" and ")} cannot change ${file}, which is built already. Give the model file instead.`,
  );
}

/** The manifest in `<name>.js` beside `<name>.wasm`, `<name>.simd.wasm` …; undefined where there is none. */
async function manifestBeside(path: string): Promise<Manifest | undefined> {
  const base = baseOfModule(path);
  if (base === undefined || !(await exists(`${base}.js`))) return undefined;
  return manifestOfJs(new TextDecoder().decode(await readBytes(`${base}.js`)), basename(path));
}
