/** What the machine allows, as loops to measure against. */

import { readFileSync } from "node:fs";
import { main as asc } from "assemblyscript/asc";

/** Rounds of the loops of multiply-accumulates that are timed, and how many of those they are. */
export const CEILING_ROUNDS = 5000;
export const CEILING_MACS = CEILING_ROUNDS * 384;
export const DEPTHWISE_MACS = CEILING_ROUNDS * 144;
/** Outputs that the loop of roundings makes. */
export const CEILING_OUTPUTS = CEILING_ROUNDS * 48;

/** The loops: `rounds` of dot products, of a depthwise convolution's arithmetic and of roundings, and reading `bytes`. */
export async function ceilingModule(): Promise<
  Record<"dots" | "depthwise" | "roundings" | "reads", (argument: number) => number>
> {
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
  const {
    dot_ceiling: dots,
    depthwise_ceiling: depthwise,
    rounding_ceiling: roundings,
    read_bytes: reads,
  } = loops;
  if (!dots || !depthwise || !roundings || !reads)
    throw new Error("the ceiling module exports its four loops");
  return { dots, depthwise, roundings, reads };
}
