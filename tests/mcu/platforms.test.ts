/**
 * Firmwares for PlatformIO, Arduino and Zephyr, compiled as these would and run on an emulated Cortex-M4. The tools themselves
 * come from registries that CI does not ask: what they add stands in `arduino/` and `zephyr/`. What is not installed is skipped,
 * unless MOTE_QEMU=required.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { mote } from "../cli/command.ts";
import { canRunOnQemu } from "../qemu/qemu.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const MCU = here("../../host/mcu/");
const WASM3_DIR = here("../../.cache/runtimes/pywasm3-0.5.0/wasm3");
const SHARED = [
  `-DCMAKE_TOOLCHAIN_FILE=${join(MCU, "cmake/arm-none-eabi.cmake")}`,
  "-DCMAKE_CXX_COMPILER=arm-none-eabi-g++",
  `-DBOARD=${join(MCU, "boards/mps2_an386")}`,
  `-DWASM3_DIR=${WASM3_DIR}`,
];
const QEMU = ["-M", "mps2-an386", "-nographic", "-semihosting", "-kernel"];

describe("firmwares of other build systems", function () {
  this.timeout(300_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mote-platform-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Builds the folder, configures `source` with `words`, and gives what the program prints on the board. */
  async function run(platform: string, program: string, configure: () => readonly string[]): Promise<string> {
    const { code, err } = await mote(
      ...["build", "models/knocks/knocks.tflite", "--firmware", platform, "-o", folder],
    );
    assert.equal(code, 0, err);
    const build = join(folder, "build");
    const stdio: ["ignore", "pipe", "pipe"] = ["ignore", "pipe", "pipe"];
    execFileSync("cmake", ["-B", build, "--no-warn-unused-cli", ...SHARED, ...configure()], { stdio });
    execFileSync("cmake", ["--build", build, "-j", "2"], { stdio });
    return execFileSync("qemu-system-arm", [...QEMU, join(build, program)], { encoding: "utf8", stdio });
  }

  const check = (platform: string, program: string, configure: () => readonly string[]) =>
    it(`${platform}: the self test passes on a Cortex-M4`, async function () {
      if (!canRunOnQemu("wasm3")) {
        assert.notEqual(process.env.MOTE_QEMU, "required");
        this.skip();
      }
      assert.match(
        await run(platform, program, configure),
        /^knocks: the self test gave the golden outputs$/m,
      );
    });

  const sketch = (path: string, flags: readonly string[]) => [
    ...["-S", here("arduino")],
    `-DSKETCH=${join(folder, path)}`,
    `-DFLAGS=${flags.join(";")}`,
  ];
  check("platformio", "sketch", () => {
    const settings = readFileSync(join(folder, "platformio.ini"), "utf8");
    const flags = [...settings.matchAll(/^ {2}(-D\S+)$/gm)].map(([, flag = ""]) => flag);
    assert.ok(flags.length >= 4);
    return sketch("src", ["-DARDUINO=10815", "-DPLATFORMIO=60119", ...flags]);
  });
  // The IDE has no settings of a sketch: the library's own for small boards.
  check("arduino", "sketch", () => sketch("knocks", ["-DARDUINO=10819"]));
  check("zephyr", "zephyr_elf", () => ["-S", folder, `-DZephyr_DIR=${here("zephyr")}`]);
});
