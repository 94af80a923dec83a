/** Puts files into a folder so that a failure leaves the folder as it was: written aside first, then renamed. */

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { MoteError } from "../error.ts";

/** Path relative to the folder, with `/` between its parts, to the file's content. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** What has been done to the disk, for undoing it. */
interface Journal {
  /** Renames, in order. */
  readonly moves: { readonly from: string; readonly to: string }[];
  /** The outermost folder of each that was made, in order. */
  readonly folders: string[];
}

/**
 * Writes `files` into `folder`, which is made if it does not exist; other files there stay.
 * Throws a `MoteError` "bad-option" when it cannot, and then leaves the disk as it was.
 */
export function writePackage(folder: string, files: Files): void {
  const target = resolve(folder);
  for (const path of Object.keys(files)) {
    if (!join(target, path).startsWith(target + sep)) {
      throw new MoteError(
        "bad-option",
        folder,
        `"${path}" would lie outside of the folder. Choose another name.`,
      );
    }
  }
  const journal: Journal = { moves: [], folders: [] };
  try {
    makeFolder(target, journal);
    // Inside the target, so that a rename never crosses file systems and only the target must be writable.
    const aside = mkdtempSync(join(target, ".mote-"));
    journal.folders.push(aside);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(aside, "new", path)), { recursive: true });
      writeFileSync(join(aside, "new", path), content);
    }
    for (const path of Object.keys(files)) replaceFile(target, aside, path, journal);
    rmSync(aside, { recursive: true, force: true });
  } catch (error) {
    undo(journal);
    throw new MoteError("bad-option", folder, sentenceFor(error));
  }
}

/** Makes a folder and those above it. Not by `recursive`, which never ends where the system refuses one as absent (/proc). */
function makeFolder(path: string, journal: Journal): void {
  const missing: string[] = [];
  for (let at = path; !existsSync(at); at = dirname(at)) missing.unshift(at);
  missing.forEach((folder, index) => {
    mkdirSync(folder);
    if (index === 0) journal.folders.push(folder);
  });
}

function replaceFile(target: string, aside: string, path: string, journal: Journal): void {
  const to = join(target, path);
  makeFolder(dirname(to), journal);
  if (existsSync(to)) {
    if (statSync(to).isDirectory()) throw new Error(`"${path}" is a folder there`);
    const old = join(aside, "old", path);
    mkdirSync(dirname(old), { recursive: true });
    move(to, old, journal);
  }
  move(join(aside, "new", path), to, journal);
}

function move(from: string, to: string, journal: Journal): void {
  renameSync(from, to);
  journal.moves.push({ from, to });
}

function undo(journal: Journal): void {
  for (const { from, to } of journal.moves.reverse()) renameSync(to, from);
  for (const path of journal.folders.reverse()) rmSync(path, { recursive: true, force: true });
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "it may not be written to",
  EPERM: "it may not be written to",
  EROFS: "its file system is read-only",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is a file",
  EEXIST: "a file of that name is in the way",
  ENOENT: "it cannot be made there",
};

function sentenceFor(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error));
  return `cannot write the output: ${reason}. Choose another folder.`;
}
