/** docs/firmware.md's commands, as they stand there, up to the flash step; on QEMU where it is installed. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { mote } from "../cli/command.ts";
import { canBuild, hasProgram } from "../mcu/firmware_program.ts";

const PAGE = readFileSync(new URL("../../docs/firmware.md", import.meta.url), "utf8");

/** The lines of a section's shell block. */
function commands(section: number): string[] {
  const text = PAGE.slice(PAGE.indexOf(`## ${section}. `));
  const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(text) ?? [];
  return block.trim().split("\n");
}

const [, PROMISED = ""] = /```text\n(.*)\n```/.exec(PAGE) ?? [];
const WASM3 = resolve(".cache/runtimes/pywasm3-0.5.0/wasm3");

describe("docs/firmware.md", function () {
  this.timeout(300_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "mote-walk-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /**
   * Runs a section's commands in the firmware's folder; gives the last one's output. CI lets CMake fetch wasm3 as a user's does;
   * elsewhere it comes from where it was fetched before.
   */
  function walk(section: number): string {
    const lines = commands(section).filter((line) => !line.startsWith("cd "));
    let out = "";
    for (const line of lines) {
      const [program = "", ...words] = line.split(" ");
      const fetched = process.env.MOTE_QEMU === "required";
      const extra = words.includes("-B") && !fetched ? [`-DWASM3_DIR=${WASM3}`] : [];
      const cwd = join(folder, "digits_firmware");
      const command = program.startsWith("build/") ? join(cwd, program) : program;
      out = execFileSync(command, [...words, ...extra], {
        cwd,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    }
    return out;
  }

  it("1: builds the folder", async () => {
    const [line = ""] = commands(1);
    const words = line.replace(/^mote /, "").replace("digits_firmware", join(folder, "digits_firmware"));
    const { code, err } = await mote(...words.split(" "));
    assert.equal(code, 0, err);
    assert.ok(existsSync(join(folder, "digits_firmware/src/digits_golden.h")));
  });

  it("2: runs on this computer", function () {
    if (!canBuild("wasm3")) this.skip();
    assert.equal(walk(2).split("\n")[0], PROMISED);
  });

  it("3: runs on QEMU", function () {
    if (!canBuild("wasm3") || !hasProgram("arm-none-eabi-gcc") || !hasProgram("qemu-system-arm")) {
      assert.notEqual(process.env.MOTE_QEMU, "required");
      this.skip();
    }
    assert.equal(walk(3).split("\n")[0], PROMISED);
  });
});
