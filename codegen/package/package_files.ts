/** The files that `mote build` leaves: the modules, their JavaScript, a C header and a report. */

import type { CompileResult } from "../compile_result.ts";
import { reportFiles } from "../report/index.ts";
import { packageDts } from "./dts.ts";
import { packageHeader } from "./header.ts";
import { lastOf, packageJs } from "./js.ts";
import { checkName } from "./names.ts";
import type { Files } from "./write.ts";

/** What follows the model's name in the file name of a module, where there are several. */
const SUFFIXES: Readonly<Record<string, string>> = { relaxed: ".relaxed", "128": ".simd", none: "" };

/** File names of the modules: `<name>.wasm` for a single build, else by SIMD level. */
export function moduleNames(results: readonly CompileResult[]): string[] {
  return results.map(
    ({ manifest: { name, simd } }) => `${name}${results.length > 1 ? SUFFIXES[simd] : ""}.wasm`,
  );
}

/** The name without what `moduleNames` adds: `kws` for `kws.simd.wasm`; `undefined` for other files. */
export function baseOfModule(file: string): string | undefined {
  return /^(.*?)(\.relaxed|\.simd)?\.wasm$/i.exec(file)?.[1];
}

/** The build that the report describes: the one most machines load. */
export function reportedBuild(results: readonly CompileResult[]): CompileResult {
  return results.find(({ manifest }) => manifest.simd === "128") ?? lastOf(results);
}

/**
 * File name to content, all in one folder, for builds of one model, the fastest first. Throws a `MoteError` if the model's name
 * is no identifier.
 */
export function packageFiles(results: readonly CompileResult[]): Files {
  const last = lastOf(results);
  const { name } = last.manifest;
  checkName(name);
  const files = moduleNames(results);
  const modules = results.map((result, index) => ({ ...result, file: files[index] ?? "" }));
  const builds = modules.map(({ file, report: { simd, bytes, memory } }) => ({
    file,
    simd,
    wasm: bytes.wasm,
    arena: memory.arena,
    total: memory.total,
  }));
  const { report } = reportedBuild(results);
  return {
    ...Object.fromEntries(modules.map(({ file, wasm }) => [file, wasm])),
    [`${name}.js`]: packageJs(modules),
    [`${name}.d.ts`]: packageDts(last.manifest, modules.length > 1),
    [`${name}.h`]: packageHeader(last, lastOf(modules).file),
    ...reportFiles(builds.length > 1 ? { ...report, builds } : report),
  };
}
