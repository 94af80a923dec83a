/** Writes a network's firmware for CMake and compiles it, with a test's own `main` in the place of the example's. */

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CompileResult } from "../../codegen/index.ts";
import { firmwareFiles } from "../../codegen/package/firmware/firmware_files.ts";
import type { FirmwareGolden } from "../../codegen/package/firmware/golden.ts";
import { writePackage } from "../../codegen/package/write.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Where tests/runtimes/install.sh puts the sources of wasm3. */
const WASM3_DIR = join(ROOT, ".cache/runtimes/pywasm3-0.5.0/wasm3");

/** Sources of WAMR, in the crate that tests/runtimes/install.sh fetches; empty where nobody has. */
export const WAMR_DIR = wamrFolder();

function wamrFolder(): string {
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry/src");
  const registry = existsSync(sources) ? readdirSync(sources) : [];
  const folders = registry.map((name) => join(sources, name, "wamr-sys-0.1.1/wasm-micro-runtime"));
  return folders.find((path) => existsSync(path)) ?? "";
}

export interface ProgramOptions {
  /** The test's main, from the root of the repository; the example's where it is left out. */
  readonly main?: string;
  /** Whether it is compiled for the emulated Cortex-M4; otherwise for this computer. */
  readonly board?: boolean;
  /** Options of the compiler for the firmware's own files, and of the linker. */
  readonly options?: readonly string[];
  readonly linkOptions?: readonly string[];
  /** Further -D settings of CMake. */
  readonly settings?: readonly string[];
}

const NO_GOLDEN: FirmwareGolden = { samples: 0, inputs: [], outputs: [] };

/** Path of the program, in `folder`/build, for a build whose target is wasm3, wamr or wasm2c. Throws where CMake fails. */
export function compileFirmware(
  folder: string,
  built: CompileResult,
  { main, board = false, options = [], linkOptions = [], settings = [] }: ProgramOptions,
  golden: FirmwareGolden = NO_GOLDEN,
): string {
  writePackage(folder, firmwareFiles(built, "cmake", golden));
  const build = join(folder, "build");
  const words = [
    ...(existsSync(WAMR_DIR) ? [`-DWAMR_DIR=${WAMR_DIR}`] : []),
    ...(existsSync(WASM3_DIR) ? [`-DWASM3_DIR=${WASM3_DIR}`] : []),
    ...(main === undefined ? [] : [`-DMOTE_MAIN=${join(ROOT, main)}`]),
    ...(board
      ? [`-DCMAKE_TOOLCHAIN_FILE=${join(folder, "cmake/arm-none-eabi.cmake")}`, "-DMOTE_BOARD=mps2_an386"]
      : []),
    `-DMOTE_OPTIONS=${["-Werror", ...options].join(";")}`,
    `-DCMAKE_EXE_LINKER_FLAGS=${linkOptions.join(" ")}`,
    ...settings,
  ];
  const quiet = { stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"] };
  execFileSync("cmake", ["-S", folder, "-B", build, "--no-warn-unused-cli", ...words], quiet);
  execFileSync("cmake", ["--build", build, "-j", "2"], quiet);
  return join(build, built.manifest.name);
}

/** Whether a program can be run, by its `--version`. */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ["--version"]).error === undefined;
}

/** Whether what compiles firmwares is there: CMake, and the runtime's sources or its compiler. */
export function canBuild(target: string): boolean {
  const runtime =
    target === "wasm2c"
      ? existsSync("/usr/bin/wasm2c")
      : existsSync(target === "wamr" ? WAMR_DIR : WASM3_DIR);
  return hasProgram("cmake") && hasProgram("gcc") && runtime;
}
