/** What can run a module in a firmware: the files, the libraries and the settings that each asks for. */

import type { CompileResult } from "../../compile_result.ts";
import { CONSTANT_SLOTS, interpreterStack } from "../../count/interpreter_stack.ts";
import { MoteError } from "../../error.ts";
import { alignUp } from "../../graph/align.ts";

export interface FirmwareRuntime {
  /** File of host/mcu that implements mote.h, and what it needs beside it. */
  readonly files: readonly string[];
  /** Whether the module is turned into C before it is compiled; its bytes are then no part of the firmware. */
  readonly compiled: boolean;
  /** Whether it knows passive segments. */
  readonly flashWeights: boolean;
  /** File of host/mcu/cmake that makes the library `runtime`. */
  readonly cmake: string;
  /** Lines of platformio.ini; undefined where PlatformIO cannot build it. */
  readonly platformio?: (needs: RuntimeNeeds) => readonly string[];
  /** How the Arduino IDE gets the library, and what to know of its settings; undefined where it cannot build it. */
  readonly arduino?: (needs: RuntimeNeeds) => readonly string[];
}

/** What a runtime is compiled for. */
export interface RuntimeNeeds {
  readonly floats: boolean;
  /** wasm3's `d_m3MaxFunctionStackHeight`, five bytes of heap each. */
  readonly stackHeight: number;
}

const HEIGHT_STEP = 32;

/** What `d_m3MaxFunctionStackHeight` is in the library for Arduino, but for boards where it is twice as much. */
const ARDUINO_STACK_HEIGHT = 64;

/** Other modules with as many values in a function run with them, too. */
export function runtimeNeeds({ wasm, manifest }: CompileResult): RuntimeNeeds {
  return {
    floats: manifest.floats === true,
    stackHeight: alignUp(interpreterStack(wasm).height, HEIGHT_STEP),
  };
}

const WASM3: FirmwareRuntime = {
  files: ["mote_wasm3.c"],
  compiled: false,
  flashWeights: false,
  cmake: "wasm3.cmake",
  platformio: ({ floats, stackHeight }) => [
    "lib_deps = wasm3/Wasm3@0.5.0",
    "build_flags =",
    `  -Dd_m3HasFloat=${floats ? 1 : 0}`,
    "  -Dd_m3VerboseErrorMessages=0",
    `  -Dd_m3MaxFunctionStackHeight=${stackHeight}`,
    `  -Dd_m3MaxConstantTableSize=${CONSTANT_SLOTS}`,
    "  -Dd_m3CodePageAlignSize=1024",
    "build_unflags = -Og",
  ],
  arduino: ({ stackHeight }) => [
    "Install the library Wasm3 0.5.0 by Volodymyr Shymanskyy with the library manager.",
    ...(stackHeight > ARDUINO_STACK_HEIGHT
      ? [
          `This model needs \`d_m3MaxFunctionStackHeight\` ${stackHeight}, and the library has ${ARDUINO_STACK_HEIGHT} on most boards: set it in its \`m3_config.h\`,`,
          "or `mote_load` gives `MOTE_REFUSED`.",
        ]
      : []),
  ],
};

const WAMR: FirmwareRuntime = {
  files: ["mote_wamr.c"],
  compiled: false,
  flashWeights: true,
  cmake: "wamr.cmake",
};

const WASM2C: FirmwareRuntime = {
  files: ["mote_wasm2c.c", "mote_wasm2c.h", "wasm-rt.h"],
  compiled: true,
  flashWeights: true,
  cmake: "wasm2c.cmake",
};

/** By the build's target; the others are for browsers and Node, or not in C. */
const RUNTIMES: Readonly<Record<string, FirmwareRuntime>> = {
  portable: WASM3,
  wasm3: WASM3,
  wamr: WAMR,
  wasm2c: WASM2C,
};

/** The runtime that runs a build for `target`. Throws a `MoteError` where none in C does, or none with weights in flash. */
export function runtimeFor(target: string, flashWeights = false): FirmwareRuntime {
  const runtime = RUNTIMES[target];
  if (runtime && flashWeights && !runtime.flashWeights) {
    throw new MoteError(
      "bad-option",
      "mote",
      `--firmware builds wasm3 0.5.0, which has no memory.init. Leave out --flash-weights, or use --target wamr or wasm2c.`,
    );
  }
  if (runtime) return runtime;
  throw new MoteError(
    "bad-option",
    "mote",
    `--firmware needs a target that runs in C, found "${target}". Use --target ${Object.keys(RUNTIMES).join(", ")}, or for wasmi the crate host/mcu/rust.`,
  );
}

/** Settings of the CMake files: what `set` lines a CMakeLists.txt has. */
export function cmakeSettings({ floats, stackHeight }: RuntimeNeeds): string[] {
  return [`set(MOTE_FLOATS ${floats ? 1 : 0})`, `set(MOTE_WASM3_STACK_HEIGHT ${stackHeight})`];
}

/** The name by which wasm2c's C calls a module; it spells a capital Z in an own way. */
export function codeName(name: string): string {
  return name.toLowerCase();
}
