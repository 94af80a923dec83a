/** What the machine allows, as loops to measure against. */

import { readFileSync } from "node:fs";
import { main as asc } from "assemblyscript/asc";

/** Rounds of the loop of dot products that are timed, and their multiply-accumulates. */
export const CEILING_ROUNDS = 5000;
export const CEILING_MACS = CEILING_ROUNDS * 384;

/** The two loops: of `rounds` dot products, and of reading `bytes`. */
export async function ceilingModule(): Promise<Record<"dots" | "reads", (argument: number) => number>> {
  const text = readFileSync(new URL("../assembly/bench/ceiling.ts", import.meta.url), "utf8");
  let wasm: Uint8Array | undefined;
  const flags = [
    "ceiling.ts",
    "-o",
    "ceiling.wasm",
    "-O3",
    "--enable",
    "simd",
    "--runtime",
    "stub",
    "--initialMemory",
    "16",
  ];
  await asc(flags, {
    readFile: (name) => (name === "ceiling.ts" ? text : null),
    writeFile: (_, contents) => {
      if (typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(wasm ?? [])));
  const loops = instance.exports as Record<string, (argument: number) => number>;
  const { dot_ceiling: dots, read_bytes: reads } = loops;
  if (!dots || !reads) throw new Error("the ceiling module exports its two loops");
  return { dots, reads };
}
