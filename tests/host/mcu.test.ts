/** host/mcu's own checks of a module, compiled by the C compiler: what ABI 1 asks for, and what is refused. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 as zlibCrc32 } from "node:zlib";
import type { CompileResult } from "../../codegen/compile_result.ts";
import { compileModel } from "../../codegen/index.ts";
import { crc32 } from "../../codegen/package/crc32.ts";
import { packageHeader } from "../../codegen/package/header.ts";
import { assemble, smallResult } from "../package/small_module.ts";

const FLAGS = [
  "-std=c99",
  "-pedantic",
  "-Wall",
  "-Wextra",
  "-Wconversion",
  "-Werror",
  "-fsanitize=address,undefined",
];
const SOURCES = ["mote.c", "mote_sections.c"].map((path) => join("host/mcu", path));
const hasGcc = spawnSync("gcc", ["--version"]).status === 0;

/** Prints the status of the header's model with the bytes of a file, whose size and CRC-32 the header is made to have. */
const PROGRAM = `
#include "mote.h"
#include "small.h"
#include <stdio.h>
#include <stdlib.h>
int main(int count, char **words) {
  mote_model model = small_model;
  FILE *file = fopen(words[count - 1], "rb");
  uint8_t *bytes = malloc(1u << 20);
  uint32_t found = (uint32_t)fread(bytes, 1, 1u << 20, file);
  uint8_t *exact = realloc(bytes, found);
  model.wasm_bytes = found;
  model.wasm_crc32 = mote_crc32(exact, found);
  printf("%d %u", (int)mote_check(&model, exact, found), (unsigned)small_model.wasm_crc32);
  free(exact);
  fclose(file);
  return 0;
}`;

describe("host: checks of a module on a device", function () {
  this.timeout(120_000);
  let folder: string;
  before(function () {
    if (!hasGcc) this.skip();
    folder = mkdtempSync(join(tmpdir(), "mote-mcu-"));
  });
  after(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** The status that the header of `result` gets with `wasm`: 0 where it is accepted, 5 for a module not of the ABI. */
  function status(result: CompileResult, wasm: Uint8Array): number {
    const program = join(folder, "check");
    writeFileSync(join(folder, "small.h"), packageHeader(result, "small.wasm"));
    writeFileSync(join(folder, "check.c"), PROGRAM);
    writeFileSync(join(folder, "small.wasm"), wasm);
    const sources = [join(folder, "check.c"), ...SOURCES];
    execFileSync("gcc", [...FLAGS, "-Ihost/mcu", `-I${folder}`, ...sources, "-o", program]);
    const [found, sum] = execFileSync(program, [join(folder, "small.wasm")], { encoding: "utf8" }).split(" ");
    assert.equal(Number(sum), zlibCrc32(Buffer.from(result.wasm)), "the header's CRC-32");
    return Number(found);
  }

  it("accept what Mote builds, for every target, with state and without", async () => {
    for (const name of ["digits", "knocks", "regressor"]) {
      const model = new Uint8Array(readFileSync(`models/${name}/${name}.tflite`));
      for (const target of ["portable", "wasm3", "wamr", "wasm2c"]) {
        const result = await compileModel(model, { name: "small", target });
        assert.equal(status(result, result.wasm), 0, `${name} for ${target}`);
      }
    }
  });

  it("refuse modules that break the ABI, one way each", async () => {
    const result = await smallResult();
    assert.equal(status(result, result.wasm), 0);
    const broken: readonly (readonly [what: string, from: string, to: string])[] = [
      ["an import", "(module", '(module (import "env" "now" (func))'],
      ["a start function", '(func (export "reset")', '(start 0) (func (export "reset")'],
      ["memory that grows", '(export "memory") 1 1', '(export "memory") 1 2'],
      ["memory without a maximum", '(export "memory") 1 1', '(export "memory") 1'],
      ["no exported memory", '(memory (export "memory")', "(memory"],
      ["no invoke", 'export "invoke"', 'export "involve"'],
      ["an invoke with a parameter", '(func (export "invoke")', '(func (export "invoke") (param i32)'],
      ["no reset, but state", 'export "reset"', 'export "restart"'],
      ["another address", "i32.const 1040))\n  (global", "i32.const 1056))\n  (global"],
      ["a mutable address", '"input_0") i32', '"input_0") (mut i32)'],
      ["a missing tensor", 'export "output_2"', 'export "output_3"'],
    ];
    for (const [what, from, to] of broken) {
      const wasm = await assemble(from, to);
      assert.notDeepEqual(wasm, await assemble(), what);
      assert.equal(status(result, wasm), 5, what);
    }
  });

  it("have the CRC-32 of gzip and PNG", () => {
    for (const text of ["", "a", "123456789", "x".repeat(1000)]) {
      assert.equal(crc32(Buffer.from(text)), zlibCrc32(text));
    }
  });
});
