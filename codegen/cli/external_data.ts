/** Files beside an .onnx model that hold its constants: read only from the model's own folder. */

import { readFileSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { MoteError } from "../error.ts";
import { fileFault } from "./files.ts";

/**
 * Reads what a model at `path` keeps beside it. The reader throws a `MoteError` on a location outside the model's folder,
 * also by way of a link, and on a file that can't be read; it gives `undefined` where there is none.
 */
export function externalDataBeside(path: string): (location: string) => Uint8Array | undefined {
  const folder = dirname(path);
  const known = new Map<string, Uint8Array>();
  return (location) => {
    const before = known.get(location);
    if (before) return before;
    if (location === "" || location.includes("\0")) return undefined;
    const file = join(folder, location);
    try {
      if (isAbsolute(location) || !isWithin(folder, realpathSync(file))) throw outside(path, location);
      const bytes = new Uint8Array(readFileSync(file));
      known.set(location, bytes);
      return bytes;
    } catch (error) {
      if (error instanceof MoteError) throw error;
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw fileFault(file, error);
    }
  };
}

function isWithin(folder: string, file: string): boolean {
  const path = relative(realpathSync(folder), file);
  return path !== "" && path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

function outside(path: string, location: string): MoteError {
  return new MoteError(
    "bad-file",
    path,
    `expected its constants in files of its own folder, found "${location}", which is outside. Move that file beside the model, or export the model as one file.`,
  );
}
