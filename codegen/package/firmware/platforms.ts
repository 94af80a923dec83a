/** The four ways of building a firmware: for each the files that are not C, and where the C lies. */

import type { Manifest } from "../../compile_result.ts";
import { MoteError } from "../../error.ts";
import { hostFile } from "../host_files.ts";
import type { Files } from "../write.ts";
import { cmakeSettings, codeName, type FirmwareRuntime, type RuntimeNeeds } from "./runtimes.ts";

export const PLATFORMS = ["cmake", "platformio", "zephyr", "arduino"] as const;
export type Platform = (typeof PLATFORMS)[number];

export interface PlatformFiles {
  /** Folder of the C files, with a slash at its end. */
  readonly sources: string;
  readonly files: Files;
  /** How to build it: Markdown. */
  readonly steps: readonly string[];
}

/** What the files of a platform say of a model. */
export interface FirmwareModel {
  readonly manifest: Manifest;
  /** Whether it is proven that the module stays within its memory, so that loads and stores need no checks. */
  readonly confined: boolean;
}

/** Files of one platform; `sources` are the names of the C files. Throws a `MoteError` where it cannot build that runtime. */
export function platformFiles(
  platform: Platform,
  model: FirmwareModel,
  runtime: FirmwareRuntime,
  needs: RuntimeNeeds,
  sources: readonly string[],
): PlatformFiles {
  const { manifest } = model;
  const compiled = sources.filter((path) => path.endsWith(".c"));
  switch (platform) {
    case "cmake":
      return cmake(model, runtime, compiled, needs);
    case "zephyr":
      return zephyr(model, runtime, compiled, needs);
    case "platformio":
      return platformio(manifest, runtime, needs);
    case "arduino":
      return arduino(manifest, runtime, needs);
  }
}

const MAIN = `/* main.c: runs the example and says how it went. */

#include <stdio.h>

#include "app.h"

static void say(const char *line) { puts(line); }

int main(void) { return app_run(say); }
`;

const SKETCH = `// Runs the example and says how it went, on the serial port.

#include <Arduino.h>

#include "app.h"

static void say(const char *line) { Serial.println(line); }

void setup() {
  Serial.begin(115200);
  while (!Serial) {
  }
  app_run(say);
}

void loop() {}
`;

/** The lines that both CMake platforms share: the runtime's library, and for wasm2c the model as C. */
function cmakeRuntime(
  { manifest: { name }, confined }: FirmwareModel,
  runtime: FirmwareRuntime,
  needs: RuntimeNeeds,
): string[] {
  return [
    ...cmakeSettings(needs),
    ...(runtime.compiled
      ? [
          `set(MOTE_MODULE \${CMAKE_CURRENT_LIST_DIR}/${name}.wasm)`,
          `set(MOTE_CODE ${codeName(name)})`,
          `# 1: proven that no input makes the module touch more than ${name.toUpperCase()}_MEMORY_BYTES`,
          `set(MOTE_CONFINED ${confined ? 1 : 0})`,
        ]
      : []),
    `include(cmake/${runtime.cmake})`,
  ];
}

function cmake(
  model: FirmwareModel,
  runtime: FirmwareRuntime,
  sources: readonly string[],
  needs: RuntimeNeeds,
): PlatformFiles {
  const { name } = model.manifest;
  const lists = [
    `# Builds the firmware of ${name}. On this computer: cmake -B build && cmake --build build && build/${name}`,
    "cmake_minimum_required(VERSION 3.20)",
    `project(${name}_firmware C)`,
    "set(CMAKE_C_STANDARD 99)",
    "if(NOT CMAKE_BUILD_TYPE)",
    "  set(CMAKE_BUILD_TYPE Release)",
    "endif()",
    ...cmakeRuntime(model, runtime, needs),
    'set(MOTE_MAIN src/main.c CACHE STRING "the file with main")',
    `add_executable(${name} \${MOTE_MAIN} ${sources.map((path) => `src/${path}`).join(" ")})`,
    `target_include_directories(${name} PRIVATE src)`,
    'set(MOTE_OPTIONS "" CACHE STRING "further options for these files")',
    `target_compile_options(${name} PRIVATE -Wall -Wextra -Wconversion \${MOTE_OPTIONS})`,
    `target_link_libraries(${name} PRIVATE runtime)`,
    ...(runtime.compiled ? [`add_dependencies(${name} mote_code_header)`] : []),
    'set(MOTE_BOARD "" CACHE STRING "folder below boards/; empty: the toolchain knows how to link")',
    "if(MOTE_BOARD)",
    `  include(boards/\${MOTE_BOARD}/board.cmake)`,
    `  mote_board(${name})`,
    "endif()",
    "",
  ];
  const board = "boards/mps2_an386";
  return {
    sources: "src/",
    files: {
      "CMakeLists.txt": lists.join("\n"),
      "src/main.c": MAIN,
      ...hostFiles([
        `cmake/${runtime.cmake}`,
        "cmake/arm-none-eabi.cmake",
        `${board}/startup.c`,
        `${board}/link.ld`,
        `${board}/board.cmake`,
      ]),
    },
    steps: [
      "On this computer:",
      "",
      `    cmake -B build && cmake --build build && build/${name}`,
      "",
      "On an emulated Cortex-M4 (arm-none-eabi-gcc, newlib and qemu-system-arm):",
      "",
      "    cmake -B arm -DCMAKE_TOOLCHAIN_FILE=cmake/arm-none-eabi.cmake -DMOTE_BOARD=mps2_an386",
      "    cmake --build arm",
      `    qemu-system-arm -M mps2-an386 -nographic -semihosting -kernel arm/${name}`,
      "",
      "For a board of yours: a folder below `boards/` with its startup code and linker script.",
    ],
  };
}

function zephyr(
  model: FirmwareModel,
  runtime: FirmwareRuntime,
  sources: readonly string[],
  needs: RuntimeNeeds,
): PlatformFiles {
  const { name } = model.manifest;
  const lists = [
    `# Builds the firmware of ${name} as a Zephyr application: west build -b BOARD .`,
    "cmake_minimum_required(VERSION 3.20)",
    "find_package(Zephyr REQUIRED HINTS $ENV{ZEPHYR_BASE})",
    `project(${name}_firmware C)`,
    ...cmakeRuntime(model, runtime, needs),
    // Zephyr's headers and flags of the core.
    "target_link_libraries(runtime PRIVATE zephyr_interface)",
    `target_sources(app PRIVATE src/main.c ${sources.map((path) => `src/${path}`).join(" ")})`,
    "target_include_directories(app PRIVATE src)",
    "target_link_libraries(app PRIVATE runtime)",
    ...(runtime.compiled ? ["add_dependencies(app mote_code_header)"] : []),
    "",
  ];
  const settings = [
    "# The heap holds the runtime and the module's memory.",
    "CONFIG_COMMON_LIBC_MALLOC=y",
    "CONFIG_COMMON_LIBC_MALLOC_ARENA_SIZE=-1",
    "CONFIG_MAIN_STACK_SIZE=8192",
    "CONFIG_STDOUT_CONSOLE=y",
    "CONFIG_SPEED_OPTIMIZATIONS=y",
    ...(needs.floats ? ["CONFIG_FPU=y"] : []),
    "",
  ];
  return {
    sources: "src/",
    files: {
      "CMakeLists.txt": lists.join("\n"),
      "prj.conf": settings.join("\n"),
      "src/main.c": MAIN,
      ...hostFiles([`cmake/${runtime.cmake}`]),
    },
    steps: ["With Zephyr's SDK and `west`:", "", "    west build -b BOARD .", "    west flash"],
  };
}

function platformio(manifest: Manifest, runtime: FirmwareRuntime, needs: RuntimeNeeds): PlatformFiles {
  const lines = runtime.platformio?.(needs);
  if (!lines) throw unbuildable("platformio", manifest.target);
  const settings = [
    `; Builds the firmware of ${manifest.name}: pio run -t upload. Another board is another [env:…] section.`,
    "[platformio]",
    "default_envs = esp32",
    "",
    "[env]",
    "framework = arduino",
    "monitor_speed = 115200",
    ...lines,
    "",
    "[env:esp32]",
    "platform = espressif32",
    "board = esp32dev",
    "",
    "[env:nucleo_f446re]",
    "platform = ststm32",
    "board = nucleo_f446re",
    "",
  ];
  return {
    sources: "src/",
    files: { "platformio.ini": settings.join("\n"), "src/main.cpp": SKETCH },
    steps: ["    pio run -e esp32 -t upload", "    pio device monitor"],
  };
}

function arduino(manifest: Manifest, runtime: FirmwareRuntime, needs: RuntimeNeeds): PlatformFiles {
  const library = runtime.arduino?.(needs);
  if (!library) throw unbuildable("arduino", manifest.target);
  return {
    // A sketch's folder has the sketch's name, and its other sources lie beside it.
    sources: `${manifest.name}/`,
    files: { [`${manifest.name}/${manifest.name}.ino`]: SKETCH },
    steps: [...library, "", `Open \`${manifest.name}/${manifest.name}.ino\` and upload.`],
  };
}

function hostFiles(paths: readonly string[]): Files {
  return Object.fromEntries(paths.map((path) => [path, hostFile(path)]));
}

function unbuildable(platform: Platform, target: string): MoteError {
  return new MoteError(
    "bad-option",
    "mote",
    `--firmware ${platform} cannot build target "${target}". Use --firmware cmake or zephyr, or --target wasm3.`,
  );
}
