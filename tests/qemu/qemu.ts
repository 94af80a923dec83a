/** Runs a network's firmware on an emulated Cortex-M4: golden outputs, instructions, RAM and flash. */

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type CompileOptions, compileModel } from "../../codegen/index.ts";
import type { Network } from "../golden.ts";
import { canBuild, compileFirmware, hasProgram, WAMR_DIR } from "../mcu/firmware_program.ts";

/** The runtimes, each with the builds that run on it there: wasm3 without floats, WAMR's fast interpreter, and C. */
export const QEMU_TARGETS = ["wasm3", "wamr", "wasm2c"] as const;
export type QemuTarget = (typeof QEMU_TARGETS)[number];

export interface QemuRun {
  readonly samples: number;
  /** Output bytes that are not the golden ones. */
  readonly wrong: number;
  /** Of one inference, and of loading the model; exact to 40. */
  readonly instructions: number;
  readonly loadInstructions: number;
  /** Multiply-accumulates of the original network. */
  readonly macs: number;
  readonly wasmBytes: number;
  /** The runtime's heap with the module in it, at most, and bytes of stack of load and one inference. */
  readonly heap: number;
  readonly stack: number;
  /** Static memory for the module, where the runtime has no heap. */
  readonly array: number;
  /** Bytes of flash of the runtime, with host/mcu's own files, and of the module. */
  readonly runtimeFlash: number;
  readonly moduleFlash: number;
}

/** WAMR for a core without an operating system, on the platform that wamr_platform/ is. */
const WAMR_SETTINGS = [
  `-DWAMR_BUILD_PLATFORM=${relative(join(WAMR_DIR, "core/shared/platform"), fileURLToPath(new URL("wamr_platform", import.meta.url)))}`,
  "-DWAMR_BUILD_TARGET=THUMB_VFP",
  "-DCMAKE_ASM_FLAGS=-mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard",
];

const WRAPPED = ["malloc", "calloc", "realloc", "free"].map((name) => `-Wl,--wrap=${name}`);
const QEMU = ["-M", "mps2-an386", "-icount", "shift=0", "-nographic", "-semihosting", "-kernel"];

/** Whether firmwares for a target can be built and run here. */
export function canRunOnQemu(target: QemuTarget): boolean {
  return canBuild(target) && hasProgram("arm-none-eabi-gcc") && hasProgram("qemu-system-arm");
}

/**
 * Builds a network for `target` and runs its first `samples` samples (all, where that is more), and for a network with state
 * the same in sequence. Throws where the model is refused, or the firmware is or stops.
 */
export async function runOnQemu(
  network: Network,
  target: QemuTarget,
  options: Pick<CompileOptions, "optimize" | "file" | "flashWeights">,
  samples: number,
): Promise<QemuRun> {
  const built = await compileModel(network.model, { ...options, name: "net", target });
  const folder = mkdtempSync(join(tmpdir(), "mote-qemu-"));
  try {
    const map = join(folder, "map.txt");
    const program = compileFirmware(folder, built, {
      main: "tests/qemu/measure.c",
      board: true,
      linkOptions: [...WRAPPED, `-Wl,-Map=${map}`],
      settings: target === "wamr" ? WAMR_SETTINGS : [],
    });
    const count = Math.min(samples, network.samples);
    const run = runFirmware(program, writeCase(folder, network, count));
    const flash = flashBytes(readFileSync(map, "utf8"), built.wasm.length, target === "wasm2c");
    return {
      ...run,
      macs: built.report.passes[0]?.macs[0] ?? built.report.macs,
      wasmBytes: built.wasm.length,
      array: target === "wasm2c" ? built.report.memory.total : 0,
      ...flash,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes what measure.c reads. Returns the folder. */
function writeCase(folder: string, { inputs, outputs, inSequence }: Network, samples: number): string {
  const place = join(folder, "case");
  mkdirSync(place);
  writeFileSync(join(place, "samples.txt"), `${samples}\n`);
  inputs.forEach((bytes, index) => {
    writeFileSync(join(place, `input${index}.bin`), bytes);
  });
  outputs.forEach((bytes, index) => {
    writeFileSync(join(place, `output${index}.bin`), bytes);
  });
  inSequence?.forEach((bytes, index) => {
    writeFileSync(join(place, `output${index}.seq.bin`), bytes);
  });
  return place;
}

function runFirmware(program: string, cwd: string) {
  const { stdout, stderr, error } = spawnSync("qemu-system-arm", [...QEMU, program], {
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
  });
  const line = stdout?.toString().trim().split("\n").at(-1) ?? "";
  if (error || !line.startsWith("{")) {
    throw new Error(`QEMU: ${error?.message ?? `${line} ${stderr}`}`);
  }
  const found: { error?: string; load: number } & Omit<QemuRun, "loadInstructions"> = JSON.parse(line);
  if (found.error !== undefined) throw new Error(`on QEMU: ${found.error}`);
  const { samples, wrong, instructions, load, heap, stack } = found;
  return { samples, wrong, instructions, loadInstructions: load, heap, stack };
}

/**
 * Flash of the runtime and of the module from the linker's map: code and constants by the file that they come from. A module
 * that is C lies in the runtime's library.
 */
function flashBytes(map: string, wasmBytes: number, compiled: boolean) {
  const placed = map.slice(map.indexOf("Linker script and memory map"));
  let [library, own] = [0, 0];
  const entry = /^ \.(?:text|rodata|data)\S*\s+0x[0-9a-f]+\s+0x([0-9a-f]+) (\S+)/gm;
  for (const [, size = "0", file = ""] of placed.matchAll(entry)) {
    if (file.includes("libruntime.a")) library += Number.parseInt(size, 16);
    else if (/mote\w*\.c\.obj$/.test(file)) own += Number.parseInt(size, 16);
  }
  return compiled
    ? { runtimeFlash: own, moduleFlash: library }
    : { runtimeFlash: library + own, moduleFlash: wasmBytes };
}

/** Versions of what was measured with: for the page that shows the figures. */
export function versions(): string {
  const first = (program: string) =>
    execFileSync(program, ["--version"], { encoding: "utf8" }).split("\n")[0] ?? "";
  return `${first("arm-none-eabi-gcc")}; ${first("qemu-system-arm")}`;
}
