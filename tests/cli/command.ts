/** Runs `mote` inside the test's process, with what it prints kept. */

import { readdir } from "node:fs/promises";
import picocolors from "picocolors";
import { main } from "../../codegen/cli/program.ts";

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function mote(...words: string[]): Promise<Outcome> {
  let out = "";
  let err = "";
  const code = await main(words, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    colors: picocolors.createColors(false),
    showsProgress: false,
  });
  return { code, out, err };
}

/** Every file below a folder, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`.slice(folder.length + 1))
    .sort();
}
