/** Reading and writing files with one-sentence refusals, and nothing half-written. */

import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ErrorCode, MoteError } from "../error.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "does not exist. Check the path.",
  EACCES: "may not be accessed. Check its permissions.",
  EPERM: "may not be accessed. Check its permissions.",
  EROFS: "is on a file system that is read-only. Choose another place.",
  EISDIR: "is a folder, expected a file.",
  ENOTDIR: "lies below something that is a file, not a folder. Check the path.",
  EEXIST: "lies below something that is a file, not a folder. Check the path.",
  ENOSPC: "does not fit, the disk is full.",
};

/** What a failed file operation means, in a sentence. */
export function fileFault(path: string, error: unknown, code: ErrorCode = "bad-file"): MoteError {
  const reason = isSystemError(error) ? REASONS[error.code] : undefined;
  return new MoteError(
    code,
    path,
    reason ?? `cannot be used (${error instanceof Error ? error.message : "unknown reason"}).`,
  );
}

function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}

/** A file's bytes. Throws a `MoteError`. */
export async function readBytes(path: string): Promise<Uint8Array> {
  return readFile(path).catch((error: unknown) => {
    throw fileFault(path, error);
  });
}

/** Whether a file or folder is there. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Whether there is a folder. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Writes a file beside its place and moves it there. Throws a `MoteError` and leaves nothing behind. */
export async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.mote-${process.pid}-${Date.now()}.tmp`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw fileFault(path, error, "bad-option");
  }
}
