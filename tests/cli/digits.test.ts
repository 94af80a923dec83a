/** Every command end to end on the carried digit classifier, and what they refuse. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readNpy, writeNpy } from "../../codegen/cli/inputs/npy.ts";
import { filesBelow, mote, type Outcome } from "./command.ts";

const MODEL = "models/digits/digits.tflite";
const SAMPLES = "models/digits/samples";
const LABELS = "models/digits/labels.txt";

/** Exit code 1 (2 for an output that cannot be written) and one sentence; nothing on standard output. */
function refused({ code, out, err }: Outcome, sentence: RegExp, exitCode = 1): void {
  assert.equal(code, exitCode, err);
  assert.equal(out, "");
  assert.match(err, sentence);
  assert.equal(err.trimEnd().split("\n").length, 1, err);
}

describe("mote on digits", function () {
  this.timeout(120_000);
  let folder = "";
  const at = (...parts: string[]): string => join(folder, ...parts);
  const built = (): string => at("digits", "digits.wasm");

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "mote-cli-"));
    const { code, out, err } = await mote("build", MODEL, "-o", at("digits"), "--optimize", "size");
    assert.deepEqual({ code, err }, { code: 0, err: "" });
    assert.match(out, /digits\.wasm +\d,\d{3}/);
  });
  after(() => rm(folder, { recursive: true }));

  describe("build", () => {
    it("writes the package, and nothing else beside it", async () => {
      const files = await filesBelow(at("digits"));
      for (const ending of ["wasm", "js", "d.ts", "h", "report.html", "report.json", "report.md"]) {
        assert.ok(files.includes(`digits.${ending}`), `${ending} in ${files}`);
      }
      assert.deepEqual(await readdir(folder), ["digits"]);
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
        /arena needs .* --max-ram.* 512 \+ .* 1,024, which overlap/,
      );
      assert.deepEqual((await readdir(folder)).sort(), ["digits", "named"]);
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
      assert.deepEqual((await readdir(folder)).sort(), ["digits", "junk.tflite"]);
      await rm(at("junk.tflite"));
    });

    it("refuses a folder without permission", async function () {
      if (process.getuid?.() === 0 || process.platform === "win32") this.skip();
      await mkdir(at("locked"));
      await chmod(at("locked"), 0o500);
      refused(
        await mote("build", MODEL, "-o", at("locked", "x"), "--optimize", "size"),
        /may not be accessed/,
      );
      assert.deepEqual(await readdir(at("locked")), []);
      await rm(at("locked"), { recursive: true });
    });
  });

  describe("run", () => {
    const expected = async (): Promise<Record<string, { answer: string; score: number }>> =>
      JSON.parse(await readFile(`${SAMPLES}/expected.json`, "utf8"));

    it("classifies the real samples, from the model and from the module", async () => {
      const images = Object.keys(await expected()).map((name) => `${SAMPLES}/${name}`);
      for (const path of [MODEL, built()]) {
        const { code, out, err } = await mote("run", path, ...images, "--labels", LABELS);
        assert.deepEqual({ code, err }, { code: 0, err: "" });
        for (const [name, { answer, score }] of Object.entries(await expected())) {
          assert.match(out, new RegExp(`^${name}\n  ${answer}  +${score.toFixed(4)}`, "m"));
        }
      }
    });

    it("prints JSON with classes, values and real values", async () => {
      const { out } = await mote("run", built(), `${SAMPLES}/digit_3.png`, "--json");
      const [output] = JSON.parse(out).samples[0].outputs;
      assert.deepEqual(output.classes[0], { index: 3, label: "class 3", score: 0.99609375 });
      assert.equal(output.values.length, 10);
      assert.equal(output.real[3], (output.values[3] + 128) / 256);
    });

    it("runs every golden sample of a .bin and writes .npy, bit for bit", async () => {
      const out = at("out.npy");
      const { code, err } = await mote("run", built(), "models/digits/input0.bin", "--output", out);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      const golden = new Int8Array(await readFile("models/digits/output0.bin"));
      assert.deepEqual(readNpy(await readFile(out), out), { dtype: "int8", shape: [32, 10], values: golden });
      await mote("run", built(), "models/digits/input0.bin", "--output", out, "--real");
      const real = readNpy(await readFile(out), out);
      assert.deepEqual(
        Array.from(real.values, Number),
        Array.from(golden, (value) => (value + 128) / 256),
      );
      assert.deepEqual((await readdir(folder)).sort(), ["digits", "out.npy"]);
      await rm(out);
    });

    it("runs a stripped module by the manifest in its .js, and not without", async () => {
      await mote("build", MODEL, "-o", at("bare"), "--strip", "--optimize", "size");
      const wasm = at("bare", "digits.wasm");
      const { code, out } = await mote("run", wasm, `${SAMPLES}/digit_7.png`, "--labels", LABELS);
      assert.equal(code, 0);
      assert.match(out, /^ {2}7 /m);
      await copyFile(wasm, at("alone.wasm"));
      refused(await mote("run", at("alone.wasm"), `${SAMPLES}/digit_7.png`), /needs its \.js beside it/);
      await rm(at("bare"), { recursive: true });
      await rm(at("alone.wasm"));
    });

    it("refuses inputs that do not fit, and writes nothing", async () => {
      const out = at("out.npy");
      const run = (...inputs: string[]): Promise<Outcome> => mote("run", built(), ...inputs, "--output", out);
      await writeFile(at("x.npy"), writeNpy("int8", [1, 8, 7, 1], new Int8Array(56)));
      refused(await run(at("x.npy")), /needs shape 1×8×8×1, found 1×8×7×1/);
      await writeFile(at("x.npy"), writeNpy("uint8", [1, 8, 8, 1], new Uint8Array(64)));
      refused(await run(at("x.npy")), /takes int8 .* found uint8/);
      await writeFile(at("x.npy"), writeNpy("int8", [1, 8, 8, 1], new Int8Array(64)).subarray(0, 150));
      refused(await run(at("x.npy")), /truncated or damaged/);
      const png = await readFile(`${SAMPLES}/digit_3.png`);
      await writeFile(at("x.png"), png.subarray(0, png.length - 30));
      refused(await run(at("x.png")), /not a whole PNG/);
      refused(await run(`${SAMPLES}/digit_3.png`, at("none.png")), /none\.png: does not exist/);
      refused(
        await mote("run", built(), `${SAMPLES}/digit_3.png`, "--labels", "package.json"),
        /one label a line/,
      );
      const below = join(LABELS, "out.npy");
      refused(await mote("run", built(), `${SAMPLES}/digit_3.png`, "--output", below), /not a folder/, 2);
      assert.deepEqual((await readdir(folder)).sort(), ["digits", "x.npy", "x.png"]);
      await rm(at("x.npy"));
      await rm(at("x.png"));
      const flagged = await mote("run", built(), `${SAMPLES}/digit_3.png`, "--target", "web");
      assert.equal(flagged.code, 2);
      assert.match(flagged.err, /built already/);
    });
  });

  describe("verify", () => {
    it("finds the goldens exact, for each build", async () => {
      const exact = /: exact \(32 samples × 1 output\)\n$/;
      assert.match((await mote("verify", built(), "models/digits")).out, exact);
      for (const target of ["portable", "node"]) {
        const { code, out, err } = await mote("verify", MODEL, "models/digits", "--target", target);
        assert.equal(code, 0, err);
        assert.match(out, exact);
      }
    });

    it("compares with the reference on random inputs", async () => {
      const { code, out, err } = await mote("verify", MODEL, "--against", "reference", "--samples", "3");
      assert.equal(code, 0, err);
      assert.match(out, /exact \(3 samples/);
      const built2 = await mote("verify", built(), "--against", "reference");
      assert.equal(built2.code, 2);
    });

    it("says where .npy goldens first differ", async () => {
      await mkdir(at("gold"));
      const input = new Int8Array(await readFile("models/digits/input0.bin"));
      const output = new Int8Array(await readFile("models/digits/output0.bin"));
      await writeFile(at("gold", "input0.npy"), writeNpy("int8", [32, 8, 8, 1], input));
      await writeFile(at("gold", "output0.npy"), writeNpy("int8", [32, 10], output));
      assert.equal((await mote("verify", built(), at("gold"))).code, 0);

      const right = output[57] ?? 0;
      const wrong = right === 5 ? 6 : 5;
      output[57] = wrong;
      await writeFile(at("gold", "output0.npy"), writeNpy("int8", [32, 10], output));
      const { code, out } = await mote("verify", built(), at("gold"));
      assert.equal(code, 1);
      assert.match(
        out,
        new RegExp(
          `differs at output 0 .*sample 5, element 7 at \\[0, 7\\]: expected ${wrong}, found ${right}; 1 of 10`,
        ),
      );
      const json = JSON.parse((await mote("verify", built(), at("gold"), "--json")).out);
      assert.equal(json.exact, false);
      assert.deepEqual([json.difference.sample, json.difference.element], [5, 7]);
      await rm(at("gold"), { recursive: true });
    });

    it("finds a conformance case by the index of its folder's parent", async () => {
      const entry = JSON.parse(await readFile("models/digits/case.json", "utf8"));
      await mkdir(at("cases", "digits"), { recursive: true });
      await writeFile(at("cases", "index.json"), JSON.stringify({ cases: [entry] }));
      for (const file of ["input0.bin", "output0.bin"])
        await copyFile(`models/digits/${file}`, at("cases", "digits", file));
      assert.equal((await mote("verify", built(), at("cases", "digits"))).code, 0);
      await rm(at("cases"), { recursive: true });
    });

    it("verifies a conformance case given by its folder", async function () {
      const folder = "../shared/conformance/hello_world_int8";
      if (!existsSync(folder)) this.skip();
      const { code, out } = await mote("verify", join(folder, "model.tflite"), folder, "--optimize", "size");
      assert.equal(code, 0);
      assert.match(out, /^model\.tflite: exact \(256 samples/);
    });

    it("refuses goldens that are missing or of another model", async () => {
      refused(await mote("verify", built(), at("none")), /is not a folder/);
      refused(await mote("verify", built(), at("digits")), /has no goldens/);
      refused(await mote("verify", built(), "models/regressor"), /takes 64 bytes/);
    });
  });

  describe("report, inspect, bench", () => {
    it("reports the same numbers from the model and from the module", async () => {
      const model = JSON.parse((await mote("report", MODEL, "--optimize", "size", "--json")).out);
      const module = JSON.parse((await mote("report", built(), "--json")).out);
      assert.deepEqual(module, model);
      assert.equal(model.bytes.wasm, (await readFile(built())).length);
      assert.match((await mote("report", built())).out, /conv_2d|CONV_2D/i);
      assert.match((await mote("report", built(), "--md")).out, /^\|/m);
    });

    it("writes an HTML page, and leaves nothing where it cannot", async () => {
      assert.equal((await mote("report", built(), "--html", at("r.html"))).code, 0);
      assert.match(await readFile(at("r.html"), "utf8"), /<html/i);
      await rm(at("r.html"));
      refused(await mote("report", built(), "--html", join(LABELS, "r.html")), /not a folder/, 2);
    });

    it("times layers", async () => {
      const { code, err } = await mote("report", MODEL, "--optimize", "size", "--time");
      assert.deepEqual({ code, err }, { code: 0, err: "" });
    });

    it("reads what it can from a module alone", async () => {
      await copyFile(built(), at("alone.wasm"));
      const { code, out } = await mote("report", at("alone.wasm"));
      assert.equal(code, 0);
      assert.match(out, /int8 +1×8×8×1/);
      const shown = JSON.parse((await mote("report", at("alone.wasm"), "--json", "--time")).out);
      assert.ok(shown.timings.total > 0);
      refused(await mote("report", at("alone.wasm"), "--md"), /report\.json beside it/);
      await rm(at("alone.wasm"));
    });

    it("shows the graph before and after the passes", async () => {
      const { code, out } = await mote("inspect", MODEL);
      assert.equal(code, 0);
      assert.match(out, /CONV_2D +int8 1×8×8×1/);
      assert.match(out, /8 operators.*32,192/);
      const { before } = JSON.parse((await mote("inspect", MODEL, "--json")).out);
      assert.equal(before.operators.length, 8);
      refused(await mote("inspect", built()), /has no graph/);
    });

    it("times builds against each other", async () => {
      const words = [
        "bench",
        MODEL,
        built(),
        "--target",
        "node,portable",
        "--optimize",
        "size",
        "--runs",
        "3",
      ];
      const { code, out, err } = await mote(...words);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      const lines = out.trimEnd().split("\n");
      assert.equal(lines.length, 4);
      assert.match(lines[1] ?? "", /^digits\.tflite node simd128 size .* 1\.00$/);
      const { builds } = JSON.parse((await mote("bench", built(), built(), "--runs", "2", "--json")).out);
      assert.equal(builds.length, 2);
      assert.equal(builds[0].ratio, 1);
    });
  });
});
