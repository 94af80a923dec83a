/** The C files of host/mcu, which go into a firmware as they are. */

import { readFileSync } from "node:fs";
import { packageFolder } from "../build/kernel_sources.ts";

/** Text of `host/mcu/<path>` of this package. */
export function hostFile(path: string): string {
  return readFileSync(new URL(`host/mcu/${path}`, packageFolder()), "utf8");
}
