/** Writing a package: whole or not at all. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MoteError } from "../../codegen/error.ts";
import { packageFiles } from "../../codegen/package/package_files.ts";
import { writePackage } from "../../codegen/package/write.ts";
import { MANIFEST, smallResult } from "./small_module.ts";

describe("package: files", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "mote-write-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Every path below the folder with its text. */
  const content = (): Record<string, string> =>
    Object.fromEntries(
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), "utf8")]),
    );

  it("are the module, its JavaScript, types, header and reports", async () => {
    const result = await smallResult();
    const files = packageFiles([result]);
    assert.deepEqual(Object.keys(files).sort(), [
      "small.d.ts",
      "small.h",
      "small.js",
      "small.report.html",
      "small.report.json",
      "small.report.md",
      "small.wasm",
    ]);
    assert.equal(files["small.wasm"], result.wasm);
    const name = "../up";
    assert.throws(() => packageFiles([{ ...result, manifest: { ...MANIFEST, name } }]), /expected letters/);
  });

  it("replace older ones, leave others, and make folders", () => {
    writeFileSync(join(folder, "a.txt"), "old");
    writeFileSync(join(folder, "other.txt"), "other");
    writePackage(folder, { "a.txt": "new", "inner/b.bin": Uint8Array.of(65, 66) });
    assert.deepEqual(content(), { "a.txt": "new", "other.txt": "other", "b.bin": "AB" });
    writePackage(join(folder, "x", "y"), { "c.txt": "c" });
    assert.deepEqual(readdirSync(folder).sort(), ["a.txt", "inner", "other.txt", "x"]);
  });

  it("leave the folder as it was when one cannot be placed", () => {
    writeFileSync(join(folder, "a.txt"), "old");
    mkdirSync(join(folder, "z.txt"));
    assert.throws(
      () => writePackage(folder, { "a.txt": "new", "fresh/b.txt": "b", "z.txt": "z" }),
      (error) =>
        error instanceof MoteError &&
        error.code === "bad-option" &&
        /"z.txt" is a folder there/.test(error.message),
    );
    assert.deepEqual(content(), { "a.txt": "old" });
    assert.deepEqual(readdirSync(folder).sort(), ["a.txt", "z.txt"]);
  });

  it("are refused where the system makes no folders, instead of trying for ever", function () {
    if (process.platform !== "linux") this.skip();
    assert.throws(
      () => writePackage("/proc/mote/package", { "a.txt": "a" }),
      (error: unknown) =>
        error instanceof MoteError && /^\/proc\/mote\/package: cannot write/.test(error.message),
    );
  });

  it("say in one sentence why a folder cannot be written, and leave none", () => {
    writeFileSync(join(folder, "file"), "");
    const below = join(folder, "file", "out");
    assert.throws(() => writePackage(below, { "a.txt": "a" }), {
      name: "MoteError",
      message: `${below}: cannot write the output: a part of its path is a file. Choose another folder.`,
    });
    const made = join(folder, "made", "deep");
    assert.throws(() => writePackage(made, { "a.txt": "a", "a.txt/b": "b" }), MoteError);
    assert.deepEqual(readdirSync(folder), ["file"]);
    assert.throws(() => writePackage(folder, { "../up.txt": "" }), /outside of the folder/);
  });
});
