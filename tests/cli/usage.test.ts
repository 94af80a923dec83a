/** Arguments, help, suggestions, exit codes: what needs no compiler. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { mote } from "./command.ts";

const COMMANDS = ["build", "run", "report", "inspect", "bench", "verify"];

/** Bad usage: exit code 2 and one line on standard error, nothing on standard output. */
async function misused(words: readonly string[], sentence: RegExp): Promise<void> {
  const { code, out, err } = await mote(...words);
  assert.equal(code, 2, `${words.join(" ")}: ${err}`);
  assert.equal(out, "");
  assert.match(err, sentence);
  assert.equal(err.trimEnd().split("\n").length, 1, err);
}

describe("mote: usage", () => {
  it("prints its version", async () => {
    const { version }: { version: string } = JSON.parse(await readFile("package.json", "utf8"));
    assert.deepEqual(await mote("--version"), { code: 0, out: `${version}\n`, err: "" });
  });

  it("prints help, with an example for each command", async () => {
    const { code, out } = await mote("--help");
    assert.equal(code, 0);
    for (const command of COMMANDS) {
      assert.match(out, new RegExp(`^  ${command} `, "m"));
      const help = await mote(command, "--help");
      assert.equal(help.code, 0);
      assert.match(help.out, new RegExp(`^Example:\n  mote ${command} `, "m"));
      assert.equal(help.err, "");
    }
  });

  it("prints help on standard error without a command", async () => {
    const { code, out, err } = await mote();
    assert.deepEqual({ code, out }, { code: 2, out: "" });
    assert.match(err, /Usage: mote COMMAND/);
  });

  it("suggests what may have been meant", async () => {
    await misused(["biuld", "x.tflite"], /^mote: unknown command "biuld"\. Did you mean build\?/);
    await misused(
      ["build", "--tarket", "web", "x.tflite"],
      /unknown option "--tarket"\. Did you mean --target\?/,
    );
    await misused(["build", "--xyzzy"], /unknown option "--xyzzy"\. See mote build --help\./);
  });

  it("refuses bad values before it reads any file", async () => {
    await misused(
      ["build", "none.tflite", "--target", "esp32"],
      /unknown target "esp32"\. Targets are: portable, web, node/,
    );
    await misused(["build", "none.tflite", "--simd", "256"], /unknown SIMD level "256"/);
    await misused(["build", "none.tflite", "--simd", "128"], /portable/);
    await misused(
      ["build", "none.tflite", "--optimize", "fast"],
      /unknown --optimize "fast"\. Choices are: size, balanced, speed/,
    );
    await misused(["build", "none.tflite", "-o", ""], /--output is empty/);
    await misused(["build", "none.tflite", "--max-ram", "lots"], /Expected a number of bytes/);
    await misused(["build", "none.tflite", "--emit", "wat"], /Allowed choices are as/);
    await misused(["build"], /missing required argument "model"/);
    await misused(["build", "a.tflite", "b.tflite"], /too many arguments/);
    await misused(["run", "none.tflite"], /missing required argument "inputs"/);
    await misused(
      ["run", "none.tflite", "x.npy", "--pixels", "0..2"],
      /Allowed choices are 0\.\.1, -1\.\.1, 0\.\.255, raw/,
    );
    await misused(["run", "none.tflite", "x.npy", "--output", "out.txt"], /ends in \.npy/);
    await misused(["run", "none.tflite", "x.npy", "--real"], /Give --output too/);
    await misused(["report", "none.tflite", "--md", "--json"], /exclude each other/);
    await misused(["report", "none.tflite", "--mhz", "64"], /Add --count/);
    await misused(["bench", "none.tflite", "--runs", "0"], /whole number from 1/);
    await misused(["bench", "none.tflite", "--simd", "128"], /Add --target/);
    await misused(["bench", "none.tflite", "--target", "node,esp32"], /unknown target "esp32"/);
    await misused(["verify", "none.tflite"], /goldens or --against reference/);
    await misused(["verify", "none.tflite", "folder", "--against", "reference"], /one of them/);
  });

  it("says that a file is missing, in one sentence with exit code 1", async () => {
    for (const command of COMMANDS) {
      const more = command === "run" ? ["x.npy"] : command === "verify" ? ["models/digits"] : [];
      const outcome = await mote(command, "none.tflite", ...more);
      assert.deepEqual(outcome, { code: 1, out: "", err: "none.tflite: does not exist. Check the path.\n" });
    }
  });

  it("exits with these codes as a process, without colours or a stack trace", () => {
    const run = (...words: string[]) =>
      spawnSync(process.execPath, ["--import", "./scripts/loader/register.mjs", "codegen/cli.ts", ...words], {
        encoding: "utf8",
        env: { ...process.env, CI: "true" },
      });
    const missing = run("build", "none.tflite");
    assert.deepEqual(
      [missing.status, missing.stdout, missing.stderr],
      [1, "", "none.tflite: does not exist. Check the path.\n"],
    );
    assert.equal(run("buidl").status, 2);
    assert.equal(run("--help").status, 0);
  });
});
