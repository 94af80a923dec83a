/**
 * Gives damaged modules, wrong headers and small heaps to host/mcu on this computer, under AddressSanitizer and UBSan, on wasm3
 * and WAMR; and wrong headers and tables where wasm2c made C of the module. Usage: npm run mutations:mcu [-- COUNT [SEED]]; 10,000 by default.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compileModel } from "../codegen/index.ts";
import { canBuild, compileFirmware } from "../tests/mcu/firmware_program.ts";
import { ownModel } from "../tests/networks.ts";

const [count = "10000", seed = "1"] = process.argv.slice(2);
const SANITIZERS = "-fsanitize=address,undefined";
const WRAPPED = ["malloc", "calloc", "realloc", "free"].map((name) => `-Wl,--wrap=${name}`);
// One without state, one with.
const NETWORKS = ["digits", "knocks"] as const;

for (const target of ["wasm3", "wamr", "wasm2c"]) {
  if (!canBuild(target)) {
    console.error(
      `mutations: ${target} cannot be built here. Run tests/runtimes/install.sh wasm3, install cmake and gcc.`,
    );
    process.exit(1);
  }
  for (const network of NETWORKS) {
    const folder = mkdtempSync(join(tmpdir(), "mote-mutations-"));
    try {
      const built = await compileModel(ownModel(network).model, { name: "net", target, optimize: "size" });
      const program = compileFirmware(folder, built, {
        main: target === "wasm2c" ? "tests/mcu/mutate_wasm2c.c" : "tests/mcu/mutate.c",
        options: [
          ...(target === "wasm3" ? ["-DLOSES_MEMORY"] : []),
          SANITIZERS,
          "-fno-sanitize-recover=all",
          "-O1",
          "-g",
          "-Wshadow",
        ],
        linkOptions: [SANITIZERS, ...(target === "wasm2c" ? [] : WRAPPED)],
      });
      const { status, stdout, stderr } = spawnSync(program, [join(folder, "net.wasm"), count, seed], {
        encoding: "utf8",
      });
      console.log(`${target} ${network}: ${stdout.trim()}`);
      if (status !== 0) {
        console.error(stderr);
        process.exitCode = 1;
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
