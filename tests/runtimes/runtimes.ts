/** The runtimes that tests run modules on: each a program of its own, which `install.sh` builds into .cache/runtimes. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompileOptions, CompileResult } from "../../codegen/index.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const BUILT = fileURLToPath(new URL("../../.cache/runtimes/", import.meta.url));

/** A runtime and the build that is made for it. */
export interface Runtime {
  readonly name: string;
  readonly build: Pick<CompileOptions, "target" | "bytePages" | "floats">;
  /** Whether it has no floats: networks that need them are refused when they are built. */
  readonly bare?: true;
  /** The command that runs a module from a folder that may be filled. */
  command(module: Uint8Array, folder: string): readonly string[];
}

function program(name: string, build: Runtime["build"], bare?: true): Runtime {
  return { name, build, ...(bare ? { bare } : {}), command: () => [join(BUILT, name)] };
}

export const RUNTIMES: readonly Runtime[] = [
  program("wasm3", { target: "wasm3" }),
  program("wasm3-bare", { target: "wasm3", floats: false }, true),
  program("wasmi", { target: "wasmi", bytePages: true }),
  program("wamr-fast", { target: "wamr" }),
  program("wamr-classic", { target: "wamr" }),
  { name: "wasm2c", build: { target: "wasm2c" }, command: compileC },
];

export function isInstalled({ name }: Runtime): boolean {
  return existsSync(join(BUILT, name));
}

/** Whether it can run modules with weights in flash; wasm3 0.5.0 knows neither passive segments nor `memory.init`. */
export function hasPassiveSegments({ build }: Runtime): boolean {
  return build.target !== "wasm3";
}

/** wasm2c makes C of the module, which gcc compiles; checks of addresses are explicit, not by signals. */
function compileC(module: Uint8Array, folder: string): readonly string[] {
  const file = (name: string) => join(folder, name);
  writeFileSync(file("model.wasm"), module);
  execFileSync(join(BUILT, "wasm2c"), ["--module-name=model", file("model.wasm"), "-o", file("model.c")]);
  const flags = ["-O1", "-w", "-DWASM_RT_MEMCHECK_SIGNAL_HANDLER=0"];
  const exports = WebAssembly.Module.exports(new WebAssembly.Module(new Uint8Array(module)));
  if (exports.some(({ name }) => name === "reset")) flags.push("-DMODEL_HAS_RESET");
  execFileSync("gcc", [
    ...flags,
    ...[`-I${folder}`, `-I${HERE}`, "-I/usr/share/wabt/wasm2c"],
    ...[
      join(HERE, "run.c"),
      join(HERE, "wasm2c.c"),
      file("model.c"),
      "/usr/share/wabt/wasm2c/wasm-rt-impl.c",
    ],
    ...["-lm", "-o", file("model")],
  ]);
  return [file("model")];
}

export interface RuntimeRun {
  /** All samples' outputs, one sample after another. */
  readonly outputs: Uint8Array;
  /** Linear memory that the runtime gave the module. */
  readonly memoryBytes: number;
  /** The standard error. */
  readonly log: string;
}

/**
 * Runs a module on samples, whose inputs lie one after another; with `reset`, from the initial state each time. `wrapper` goes
 * before the command (a profiler); the interpreters in C get a stack of `stackBytes`. Throws where the runtime refuses the module or traps.
 */
export function runOn(
  runtime: Runtime,
  { wasm, manifest, report }: Pick<CompileResult, "wasm" | "manifest" | "report">,
  samples: Uint8Array,
  { reset = false, wrapper = [] as readonly string[], stackBytes = undefined as number | undefined } = {},
): RuntimeRun {
  const folder = mkdtempSync(join(tmpdir(), "mote-runtime-"));
  try {
    const path = join(folder, "module.wasm");
    writeFileSync(path, wasm);
    const ports = (tensors: CompileResult["manifest"]["inputs"]) =>
      tensors.map(({ address, bytes }) => `${address}:${bytes}`).join(",");
    const [program = "", ...rest] = [
      ...wrapper,
      ...runtime.command(wasm, folder),
      path,
      `${report.memory.linear}`,
      ports(manifest.inputs),
      ports(manifest.outputs),
      ...(reset ? ["reset"] : []),
    ];
    const { status, stdout, stderr, error } = spawnSync(program, rest, {
      input: samples,
      ...(stackBytes === undefined ? {} : { env: { ...process.env, STACK_BYTES: `${stackBytes}` } }),
      maxBuffer: 2 ** 28,
    });
    if (error || status !== 0) {
      throw new Error(`${runtime.name} ended with ${status}: ${error?.message ?? stderr.toString().trim()}`);
    }
    const log = stderr.toString();
    const memoryBytes = Number(/^\d+$/m.exec(log)?.[0]);
    return { outputs: new Uint8Array(stdout), memoryBytes, log };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
