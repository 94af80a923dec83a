/**
 * host/mcu/rust with golden samples of the project's own networks: its formatting, its lints, its tests, and that it needs no
 * standard library. What is not installed is skipped, unless MOTE_RUST=required; `.ci/run` installs it.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel } from "../../codegen/index.ts";
import { packageHeader } from "../../codegen/package/header.ts";
import { type Network, sampleOf } from "../golden.ts";
import { ownModel } from "../networks.ts";
import { isInstalled, RUNTIMES } from "../runtimes/runtimes.ts";

const CRATE = fileURLToPath(new URL("../../host/mcu/rust/", import.meta.url));
const TARGET = fileURLToPath(new URL("../../.cache/runtimes/rust.build", import.meta.url));
/** One without state in whole pages, one with state in pages of one byte. */
const CASES = [
  { name: "digits", bytePages: false },
  { name: "knocks", bytePages: true },
] as const;
/** As many of knocks as it takes until its state makes a difference. */
const SAMPLES = 64;

/** Runs cargo in the crate; gives what it printed. */
function cargo(words: readonly string[], environment: Readonly<Record<string, string>> = {}): string {
  const { status, stdout, stderr } = spawnSync("cargo", words, {
    cwd: CRATE,
    env: { ...process.env, CARGO_TARGET_DIR: TARGET, ...environment },
    encoding: "utf8",
  });
  assert.equal(status, 0, `cargo ${words.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Whether the runner for wasmi was built here, with a Rust that is new enough, and cargo's command is there. */
function has(...words: string[]): boolean {
  const runner = RUNTIMES.find(({ name }) => name === "wasmi");
  const built = runner !== undefined && isInstalled(runner);
  return built && spawnSync("cargo", [...words, "--version"], { cwd: CRATE }).status === 0;
}

function hasTarget(name: string): boolean {
  const { status, stdout } = spawnSync("rustc", ["--print", "target-libdir", "--target", name], {
    encoding: "utf8",
  });
  return status === 0 && spawnSync("ls", [stdout.trim()]).status === 0;
}

async function writeCase(folder: string, { name, bytePages }: (typeof CASES)[number]): Promise<void> {
  const network: Network = ownModel(name);
  const built = await compileModel(network.model, { name: "net", target: "wasmi", bytePages });
  const header = packageHeader(built, "net.wasm");
  const number = (field: string) => Number(new RegExp(`#define NET_${field} (\\w+?)u?\n`).exec(header)?.[1]);
  const head = ["ABI", "WASM_CRC32", "MEMORY_BYTES", "STATE_BYTES", "STACK_BYTES"].map(number);
  const { inputs, outputs } = built.manifest;
  const lines = [
    head.join(" "),
    ...inputs.map(({ address, bytes }) => `input ${address} ${bytes}`),
    ...outputs.map(({ address, bytes }) => `output ${address} ${bytes}`),
  ];
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "module.wasm"), built.wasm);
  writeFileSync(join(place, "model.txt"), `${lines.join("\n")}\n`);
  const count = Math.min(SAMPLES, network.samples);
  const write = (side: string, tensors: readonly Uint8Array[]) => {
    for (const [index, bytes] of tensors.entries()) {
      const samples = Array.from({ length: count }, (_, sample) => sampleOf(bytes, sample, network.samples));
      writeFileSync(join(place, `${side}_${index}.bin`), Buffer.concat(samples));
    }
  };
  write("input", network.inputs);
  write("output", network.outputs);
  write("sequence", network.inSequence ?? []);
}

describe("host/mcu/rust", function () {
  this.timeout(600_000);
  let cases: string;
  before(async () => {
    cases = mkdtempSync(join(tmpdir(), "mote-rust-"));
    for (const entry of CASES) await writeCase(cases, entry);
  });
  after(() => rmSync(cases, { recursive: true, force: true }));

  const check = (title: string, installed: () => boolean, run: () => void) =>
    it(title, function () {
      if (!installed()) {
        assert.notEqual(process.env.MOTE_RUST, "required", `${title}: not installed`);
        this.skip();
      }
      run();
    });

  // Without optimisation too: there the interpreter has another loop, and frames are largest.
  for (const profile of [[], ["--release"]]) {
    check(
      `golden samples, damaged modules, the example of its docs ${profile.join("")}`,
      () => has(),
      () => {
        const out = cargo(["test", "--quiet", "--locked", ...profile, "--", "--nocapture"], {
          MOTE_CASES: cases,
          MOTE_MUTATIONS: profile.length > 0 ? "2000" : "50",
        });
        assert.match(out, /knocks: \d+ damaged: \d+ refused, \d+ stopped, \d+ ran/);
        assert.match(out, /running 1 test\n\.*\s*test result: ok/);
      },
    );
  }
  check(
    "no warning of clippy",
    () => has("clippy"),
    () => cargo(["clippy", "--quiet", "--locked", "--all-targets", "--", "-D", "warnings"]),
  );
  check(
    "is formatted",
    () => has("fmt"),
    () => cargo(["fmt", "--check"]),
  );
  check(
    "builds for a Cortex-M4 without an operating system",
    () => has() && hasTarget("thumbv7em-none-eabihf"),
    () => cargo(["build", "--quiet", "--locked", "--release", "--target", "thumbv7em-none-eabihf"]),
  );
});
