/** The folders of `mote build --firmware`: complete, compiled without a warning, with goldens that the module gives. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firmwareGolden } from "../../codegen/cli/firmware.ts";
import { valuesOf } from "../../codegen/graph/tensor.ts";
import { compileModel } from "../../codegen/index.ts";
import { firmwareFiles } from "../../codegen/package/firmware/firmware_files.ts";
import { PLATFORMS } from "../../codegen/package/firmware/platforms.ts";
import { instantiate } from "../../host/node.ts";
import { filesBelow, mote } from "../cli/command.ts";
import { assembled } from "../count/assembled.ts";

const FLAGS = ["-std=c99", "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"];
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;
/** What needs the sources of its runtime to be compiled; `.ci/run` does that. */
const NEEDS_RUNTIME = /mote_(wasm3|wamr)\.c$/;

describe("package: firmware", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mote-firmware-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const platform of PLATFORMS) {
    it(`${platform}: C without a warning, and what builds it`, async function () {
      if (!hasGcc) this.skip();
      const { code, err } = await mote(
        ...["build", "models/knocks/knocks.tflite", "--firmware", platform, "-o", folder],
      );
      assert.equal(code, 0, err);
      const files = await filesBelow(folder);
      const expected = {
        cmake: [
          "CMakeLists.txt",
          "cmake/wasm3.cmake",
          "cmake/arm-none-eabi.cmake",
          "src/main.c",
          "src/app.c",
        ],
        zephyr: ["CMakeLists.txt", "cmake/wasm3.cmake", "prj.conf", "src/main.c", "src/app.c"],
        platformio: ["platformio.ini", "src/main.cpp", "src/app.c"],
        arduino: ["knocks/knocks.ino", "knocks/app.c", "knocks/mote_wasm3.c"],
      }[platform];
      for (const file of [...expected, "README.md", "knocks.wasm"]) assert.ok(files.includes(file), file);
      const sources = files.filter(
        (path) => path.endsWith(".c") && !NEEDS_RUNTIME.test(path) && !path.startsWith("boards/"),
      );
      assert.ok(sources.length >= 4);
      for (const path of sources) {
        execFileSync("gcc", [...FLAGS, "-fsyntax-only", join(folder, path)]);
      }
    });
  }

  it("names wasm2c's functions and leaves the module's bytes out where the module becomes C", async () => {
    const { code } = await mote(
      ...["build", "models/knocks/knocks.tflite", "--firmware", "cmake", "--target", "wasm2c"],
      ...["--name", "KnockZ", "-o", folder],
    );
    assert.equal(code, 0);
    const app = readFileSync(join(folder, "src/app.c"), "utf8");
    assert.match(app, /#define KNOCKZ_NO_WASM\n#include "KnockZ\.h"/);
    assert.match(app, /MOTE_WASM2C_STATEFUL\(knockz, KNOCKZ\)/);
    assert.match(readFileSync(join(folder, "CMakeLists.txt"), "utf8"), /set\(MOTE_CODE knockz\)/);
  });

  it("leaves the checks out of C whose accesses are proven to stay within its memory, and only there", async () => {
    const built = await compileModel(readFileSync("models/digits/digits.tflite"), {
      name: "digits",
      target: "wasm2c",
    });
    const golden = { samples: 0, inputs: [], outputs: [] };
    const lists = (result: typeof built, platform: "cmake" | "zephyr") =>
      String(firmwareFiles(result, platform, golden)["CMakeLists.txt"]);
    for (const platform of ["cmake", "zephyr"] as const) {
      assert.match(lists(built, platform), /set\(MOTE_CONFINED 1\)/);
    }
    // Less promised than what is touched; and an address that is loaded.
    const short = { ...built.report.memory, total: built.report.memory.total - 16 };
    const beyond = { ...built, report: { ...built.report, memory: short } };
    assert.match(lists(beyond, "cmake"), /set\(MOTE_CONFINED 0\)/);
    const loaded = `(func (export "invoke") (i32.store (i32.load (i32.const 0)) (i32.const 1)))`;
    const open = { ...built, wasm: await assembled(loaded) };
    assert.match(lists(open, "zephyr"), /set\(MOTE_CONFINED 0\)/);
  });

  it("holds goldens that the module gives, state and all", async () => {
    for (const name of ["digits", "knocks"]) {
      const model = new Uint8Array(readFileSync(`models/${name}/${name}.tflite`));
      const options = { file: `${name}.tflite`, target: "wasm3" };
      const { wasm, manifest } = await compileModel(model, options);
      const golden = firmwareGolden(model, options, manifest);
      assert.equal(golden.samples, name === "knocks" ? 3 : 1);
      const instance = await instantiate(wasm, { manifest });
      for (let sample = 0; sample < golden.samples; sample++) {
        const inputs = manifest.inputs.map(({ dtype, bytes }, index) =>
          valuesOf(
            dtype,
            (golden.inputs[index] ?? new Uint8Array()).slice(sample * bytes, (sample + 1) * bytes),
          ),
        );
        const outputs = instance.run(inputs);
        manifest.outputs.forEach(({ dtype, bytes }, index) => {
          const expected = (golden.outputs[index] ?? new Uint8Array()).slice(
            sample * bytes,
            (sample + 1) * bytes,
          );
          assert.deepEqual(outputs[index], valuesOf(dtype, expected));
        });
      }
    }
  });

  it("refuses targets that run elsewhere, and platforms that cannot build a runtime, and leaves nothing behind", async () => {
    const refuse = async (words: readonly string[], message: RegExp) => {
      const { code, err } = await mote("build", "models/knocks/knocks.tflite", ...words, "-o", folder);
      assert.equal(code, 2);
      assert.match(err, message);
      assert.deepEqual(await filesBelow(folder), []);
    };
    await refuse(["--firmware", "cmake", "--target", "node"], /target that runs in C, found "node"/);
    await refuse(["--firmware", "cmake", "--target", "wasmi"], /target that runs in C, found "wasmi"/);
    await refuse(["--firmware", "arduino", "--target", "wamr"], /arduino cannot build target "wamr"/);
    await refuse(["--firmware", "mbed"], /mbed/);
  });
});
