/** The names under which the written package shows a model's inputs and outputs; the same in .js, .d.ts and .h. */

import type { ManifestTensor } from "../compile_result.ts";
import { MoteError } from "../error.ts";

/** Whether `name` is an ASCII identifier, so that it can name files and C symbols. */
export function isIdentifier(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

/** Throws a `MoteError` if the model's name cannot name files and C symbols. */
export function checkName(name: string): void {
  if (!isIdentifier(name)) {
    throw new MoteError(
      "bad-option",
      "--name",
      `expected letters, digits and _, not starting with a digit; found "${name}".`,
    );
  }
}

/**
 * One key for each tensor, in order: its own name where it has one that no earlier tensor took, otherwise
 * the name of its export, `input_0` or `output_0`, with underscores appended while that is taken too.
 */
export function tensorKeys(tensors: readonly ManifestTensor[], side: "input" | "output"): string[] {
  const own = new Set(tensors.map((tensor) => tensor.name));
  const taken = new Set<string>();
  return tensors.map((tensor, index) => {
    let key = tensor.name;
    if (key === "" || taken.has(key)) {
      key = `${side}_${index}`;
      while (own.has(key) || taken.has(key)) key += "_";
    }
    taken.add(key);
    return key;
  });
}

/** `text` on one line and without what would end a block comment. */
export function inComment(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, " ").replace(/\*\//g, "* /");
}
