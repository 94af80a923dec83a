/** What the results were measured on. */

import { readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Instructions that decide which kernels a machine can run. */
const TELLING = ["ssse3", "sse4_1", "avx", "avx2", "avx512_vnni", "avx_vnni", "asimd", "asimddp", "i8mm"];

/** The processor's name and number, and which of the telling instructions it has. */
export function machine(): { readonly processor: string; readonly has: string[]; readonly lacks: string[] } {
  const all = cpus();
  const [line = ""] = /^(flags|Features)\s*:.*$/m.exec(readFileSync("/proc/cpuinfo", "utf8")) ?? [];
  const flags = new Set(line.split(/\s+/));
  // Only those of the machine's own kind, x86 or ARM.
  const kind = flags.has("asimd") ? TELLING.slice(6) : TELLING.slice(0, 6);
  return {
    processor: `${all[0]?.model ?? "unknown"}, ${all.length} shared processors`,
    has: kind.filter((flag) => flags.has(flag)),
    lacks: kind.filter((flag) => !flags.has(flag)),
  };
}
