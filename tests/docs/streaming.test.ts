/** docs/streaming.md: its commands print what it shows, its code gives the goldens of the network that it streams. */

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readNpy } from "../../codegen/cli/inputs/npy.ts";
import { mote } from "../cli/command.ts";
import { blocksOf, transcripts } from "./transcripts.ts";

const PAGE = readFileSync(new URL("../../docs/streaming.md", import.meta.url), "utf8");
const LABELS = ["still", "walking", "running"];
/** Without npm's folder of programs, where another wasm2c lies. */
const env = {
  ...process.env,
  PATH: (process.env.PATH ?? "")
    .split(":")
    .filter((path) => !path.includes("node_modules"))
    .join(":"),
};
const has = (program: string) => spawnSync(program, ["--version"], { env }).status === 0;

describe("docs/streaming.md", function () {
  this.timeout(120_000);
  const home = resolve(".");
  let folder = "";

  /** What onnxruntime answers to the stream of models/motion. */
  let answers: string[] = [];
  let motion = new Int8Array();

  before(() => {
    // The page's paths are those of a checkout; what they write stays out of it.
    folder = mkdtempSync(join(tmpdir(), "mote-streaming-"));
    for (const name of ["models", "host"]) symlinkSync(join(home, name), join(folder, name));
    process.chdir(folder);
    writeFileSync("package.json", '{ "type": "module" }');
    const read = (file: string) => new Uint8Array(readFileSync(join("models/motion/samples", file)));
    const { walk } = JSON.parse(new TextDecoder().decode(read("expected.json")));
    answers = walk.answers.map((answer: number) => LABELS[answer] ?? "");
    motion = Int8Array.from(readNpy(read("walk.npy"), "walk.npy").values, Number);
    assert.equal(motion.length, 3 * answers.length);
  });

  after(() => {
    process.chdir(home);
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  for (const { words, lines } of transcripts(PAGE)) {
    it(`mote ${words.join(" ")} prints what it shows`, async () => {
      const { code, out, err } = await mote(...words);
      assert.equal(code, 0, err);
      for (const parts of lines)
        for (const part of parts) assert.ok(out.includes(part), `${part} is not in\n${out}`);
    });
  }

  it("the JavaScript gives the answers of onnxruntime, twice", async () => {
    const [source = ""] = blocksOf(PAGE, "js");
    writeFileSync("motion_stream.mjs", source);
    const { watch } = await import(pathToFileURL(resolve("motion_stream.mjs")).href);
    const readings = answers.map((_, step) =>
      Array.from(motion.subarray(3 * step, 3 * step + 3), (q) => q / 32),
    );
    for (let stream = 0; stream < 2; stream++) assert.deepEqual([...watch(readings)], answers);
  });

  it("the C program gives the answers of onnxruntime", async function () {
    if (!has("gcc") || !has("wasm2c")) this.skip();
    const [source = ""] = blocksOf(PAGE, "c");
    writeFileSync("motion_stream.c", source);
    for (const line of (blocksOf(PAGE, "sh")[0] ?? "").trim().split("\n")) {
      const [program = "", ...words] = line.split(" ");
      if (program === "mote") assert.equal((await mote(...words)).code, 0, line);
      else execFileSync(program, words, { stdio: "pipe", env });
    }
    const found = execFileSync(resolve("motion_stream"), { input: motion, encoding: "utf8" });
    assert.deepEqual(found.trim().split("\n"), answers);
  });
});
