/** `mote build` end to end on the carried digit classifier, and what it refuses. */

import assert from "node:assert/strict";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, mote } from "./command.ts";
import { digitsFolder, MODEL, refused } from "./digits.ts";

describe("mote build, on digits", function () {
  this.timeout(120_000);
  const { at, built } = digitsFolder();

  it("writes the package, and nothing else beside it", async () => {
    const files = await filesBelow(at("digits"));
    for (const ending of ["wasm", "js", "d.ts", "h", "report.html", "report.json", "report.md"]) {
      assert.ok(files.includes(`digits.${ending}`), `${ending} in ${files}`);
    }
    assert.deepEqual(await readdir(at()), ["digits"]);
  });

  it("prints JSON that agrees with the files", async () => {
    const { code, out } = await mote("build", MODEL, "-o", at("json"), "--optimize", "size", "--json");
    assert.equal(code, 0);
    const shown = JSON.parse(out);
    const wasm = await readFile(at("json", "digits.wasm"));
    assert.equal(shown.bytes.wasm, wasm.length);
    assert.deepEqual(wasm, await readFile(built()), "two builds are equal");
    await rm(at("json"), { recursive: true });
  });

  it("takes a name, strips, and refuses an arena that is too large, leaving nothing behind", async () => {
    const named = await mote(
      "build",
      MODEL,
      "-o",
      at("named"),
      "--name",
      "other",
      "--strip",
      "--optimize",
      "size",
    );
    assert.equal(named.code, 0, named.err);
    const stripped = await readFile(at("named", "other.wasm"));
    assert.deepEqual(WebAssembly.Module.customSections(new WebAssembly.Module(stripped), "mote"), []);
    refused(
      await mote("build", MODEL, "-o", at("small"), "--max-ram", "100"),
      /arena needs 768 bytes, but --max-ram is 100\. The peak is at operator 3 .*, which overlap/,
    );
    assert.deepEqual((await readdir(at())).sort(), ["digits", "named"]);
    await rm(at("named"), { recursive: true });
  });

  it("writes readable source that its command rebuilds to the same bytes", async () => {
    const { code, err } = await mote(
      "build",
      MODEL,
      "-o",
      at("source"),
      "--emit",
      "as",
      "--target",
      "node",
      "--optimize",
      "size",
    );
    assert.equal(code, 0, err);
    const files = await filesBelow(at("source"));
    for (const file of [
      "model.ts",
      "weights.bin",
      "README.md",
      "digits.tflite",
      "digits.wasm",
      "digits.wat",
    ]) {
      assert.ok(files.includes(file), `${file} in ${files}`);
    }
    assert.ok(
      files.some((file) => /conv_2d.*\.ts$/.test(file)),
      files.join(),
    );
    const readme = await readFile(at("source", "README.md"), "utf8");
    const command = /^ {4}mote (.*)$/m.exec(readme)?.[1]?.split(" ") ?? [];
    const here = process.cwd();
    process.chdir(at("source"));
    try {
      assert.equal((await mote(...command)).code, 0, command.join(" "));
      assert.deepEqual(await readFile(join("build", "digits.wasm")), await readFile("digits.wasm"));
    } finally {
      process.chdir(here);
    }
    await rm(at("source"), { recursive: true });
  });

  it("runs layers in bands of rows for --max-ram, and its command rebuilds that too", async () => {
    const asked = ["--max-ram", "1000", "--optimize", "size"];
    const { code, err } = await mote("build", MODEL, "-o", at("bands"), "--emit", "as", ...asked);
    assert.equal(code, 0, err);
    const readme = await readFile(at("bands", "README.md"), "utf8");
    assert.match(readme, /^ {4}mote build .* --max-ram 1000$/m);
    assert.match(await readFile(at("bands", "model.ts"), "utf8"), /MaxPool2d, row 0": 1×2×8×16 → 1×1×4×16/);
    const { out } = await mote("report", MODEL, ...asked);
    assert.match(out, /arena \(inputs, outputs, activations, scratch\) +768\n/);
    assert.match(out, /arena without layers in bands of rows +1,096\n/);
    const given = await mote("report", built(), ...asked);
    assert.equal(given.code, 2);
    assert.match(given.err, /--optimize and --max-ram cannot change digits\.wasm/);
    await rm(at("bands"), { recursive: true });
  });

  it("refuses what is no model and places it cannot write to", async () => {
    await writeFile(at("junk.tflite"), "this is not a model at all");
    refused(
      await mote("build", at("junk.tflite"), "-o", at("junk")),
      /^junk\.tflite: expected a \.tflite file/,
    );
    const model = await readFile(MODEL);
    await writeFile(at("junk.tflite"), model.subarray(0, 5000));
    refused(await mote("build", at("junk.tflite"), "-o", at("junk")), /^junk\.tflite: /);
    refused(await mote("build", built(), "-o", at("junk")), /is a WebAssembly module already/);
    refused(await mote("build", MODEL, "-o", at("junk.tflite"), "--optimize", "size"), /junk\.tflite/, 2);
    refused(
      await mote("build", MODEL, "-o", at("junk.tflite", "x"), "--optimize", "size"),
      /junk\.tflite/,
      2,
    );
    assert.deepEqual((await readdir(at())).sort(), ["digits", "junk.tflite"]);
    await rm(at("junk.tflite"));
  });

  it("refuses a folder without permission", async function () {
    if (process.getuid?.() === 0 || process.platform === "win32") this.skip();
    await mkdir(at("locked"));
    await chmod(at("locked"), 0o500);
    refused(await mote("build", MODEL, "-o", at("locked", "x"), "--optimize", "size"), /may not be accessed/);
    assert.deepEqual(await readdir(at("locked")), []);
    await rm(at("locked"), { recursive: true });
  });
});
