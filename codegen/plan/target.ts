/** What a build is for: the features that kernels may use. */

import { MoteError } from "../error.ts";

export type TargetName = "portable" | "web" | "node";
export type Simd = "none" | "128";

export interface Target {
  readonly name: TargetName;
  readonly simd: Simd;
  /** Whether programs may compute with floats; without them, operators on float32 are refused. */
  readonly floats: boolean;
}

/** The targets, each with the SIMD level it has unless the user says otherwise. */
export const TARGETS: Readonly<Record<TargetName, Target>> = {
  portable: { name: "portable", simd: "none", floats: true },
  web: { name: "web", simd: "128", floats: true },
  node: { name: "node", simd: "128", floats: true },
};

/** The target called `name`, with SIMD level `simd` if given. Throws a `MoteError` on a name it doesn't know. */
export function targetNamed(name: string, simd?: string): Target {
  const target = Object.values(TARGETS).find((candidate) => candidate.name === name);
  if (!target) {
    throw new MoteError(
      "bad-option",
      "mote",
      `unknown target "${name}". Targets are: ${Object.keys(TARGETS).join(", ")}.`,
    );
  }
  if (simd === undefined) return target;
  if (simd !== "none" && simd !== "128") {
    throw new MoteError("bad-option", "mote", `unknown SIMD level "${simd}". Levels are: none, 128.`);
  }
  if (simd === "128" && target.name === "portable") {
    throw new MoteError(
      "bad-option",
      "mote",
      'target "portable" runs everywhere and so has no SIMD. Use --target web or node.',
    );
  }
  return { ...target, simd };
}
