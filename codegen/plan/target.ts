/** What a build is for. All that the project knows of a browser or a runtime stands here, in one table a target. */

import { MoteError } from "../error.ts";

export type TargetName = "portable" | "web" | "node" | "wasm3" | "wamr" | "wasmi" | "wasm2c";
/** Vector instructions: none, WebAssembly's SIMD128, or SIMD128 with the relaxed instructions. */
export type Simd = "none" | "128" | "relaxed";

/** The fastest first. */
export const SIMD_LEVELS: readonly Simd[] = ["relaxed", "128", "none"];

/**
 * How a device can give a module less linear memory than the 64 KiB of a page, or its whole pages:
 * - `pages`: always whole pages
 * - `limit`: the host sets a limit in bytes, and the header says which
 * - `heap-base`: the runtime cuts memory at the exported globals `__heap_base` and `__data_end`
 * - `byte-pages`: the runtime may accept pages of one byte (the custom page sizes proposal)
 */
export type MemoryModel = "pages" | "limit" | "heap-base" | "byte-pages";

export interface Target {
  readonly name: TargetName;
  /** The SIMD level of this build, and those that the target accepts, its default first. */
  readonly simd: Simd;
  readonly simdLevels: readonly Simd[];
  /** Whether programs may compute with floats; without them, operators on float32 are refused. */
  readonly floats: boolean;
  /** Whether an instruction costs about the same whatever it computes, as in an interpreter. */
  readonly interpreter: boolean;
  /**
   * Whether three sums in the lanes of an i64 beat sums in i32: on interpreters, and through wasm2c on 32-bit processors, where
   * a checked load costs more than a multiplication of 64 bits (0.5 to 0.8 times the instructions on a Cortex-M4).
   */
  readonly lanes: boolean;
  /** The memory model of this build, and those that the target accepts, its default first. */
  readonly memory: MemoryModel;
  readonly memoryModels: readonly MemoryModel[];
  /**
   * Whether a program may hold data outside of memory, in a passive segment, of which `memory.init` copies a piece at a time.
   */
  readonly passiveSegments: boolean;
  /** Whether constants of this build stay in such a segment, and layers copy what they need. */
  readonly flashWeights: boolean;
  /** Bytes that the runtime's stack takes at most for a call, besides values and constants. */
  readonly frameBytes: number;
}

/** Where a runtime does not say, or is not known: more than the frames and block records of those that we know. */
const LARGE_FRAME = 640;

function memory<M extends MemoryModel>(model: M, ...others: MemoryModel[]) {
  return { memory: model, memoryModels: [model, ...others] };
}

const SCALAR = { simd: "none", simdLevels: ["none"], floats: true } as const;
const VECTOR = { simd: "128", simdLevels: ["128", "relaxed", "none"], floats: true } as const;
/** V8 and its like, with no reason to save memory below a page. */
const ENGINE = {
  interpreter: false,
  lanes: false,
  ...memory("pages"),
  passiveSegments: false,
  flashWeights: false,
  frameBytes: LARGE_FRAME,
} as const;

/** The targets, each with the SIMD level it has unless the user says otherwise. */
export const TARGETS: Readonly<Record<TargetName, Target>> = {
  portable: { name: "portable", ...SCALAR, ...ENGINE },
  web: { name: "web", ...VECTOR, ...ENGINE },
  node: { name: "node", ...VECTOR, ...ENGINE },
  /** wasm3 0.5.0, which most devices run: MVP with sign extension. Only newer versions know passive segments. */
  wasm3: {
    name: "wasm3",
    ...SCALAR,
    interpreter: true,
    lanes: true,
    ...memory("limit"),
    passiveSegments: true,
    flashWeights: false,
    frameBytes: 0,
  },
  /** WebAssembly Micro Runtime, its classic and fast interpreters. */
  wamr: {
    name: "wamr",
    ...SCALAR,
    interpreter: true,
    lanes: true,
    ...memory("heap-base"),
    passiveSegments: true,
    flashWeights: true,
    frameBytes: LARGE_FRAME,
  },
  /** wasmi 2; its SIMD is slower than lanes in 64 bits. */
  wasmi: {
    name: "wasmi",
    ...SCALAR,
    interpreter: true,
    lanes: true,
    ...memory("pages", "byte-pages"),
    passiveSegments: true,
    flashWeights: true,
    frameBytes: LARGE_FRAME,
  },
  /** C code of wabt's `wasm2c`, compiled for the device. */
  wasm2c: {
    name: "wasm2c",
    ...SCALAR,
    interpreter: false,
    lanes: true,
    ...memory("pages"),
    passiveSegments: true,
    flashWeights: false,
    frameBytes: 0,
  },
};

/** What the user may choose of a target. */
export interface TargetChoices {
  /** Default: the target's own level. */
  readonly simd?: string | undefined;
  /** Linear memory in pages of one byte: exactly as much as is used. */
  readonly bytePages?: boolean | undefined;
  /** `false`: refuse what computes with floats, as a runtime that was built without them would. */
  readonly floats?: boolean | undefined;
  /** Whether constants stay in a passive segment. Default: the target's own. */
  readonly flashWeights?: boolean | undefined;
}

export const TARGET_NAMES = Object.keys(TARGETS).join(", ");

/**
 * The target called `name` with the choices made. Throws a `MoteError` on a name it doesn't know, and on a choice that the
 * target doesn't accept.
 */
export function targetNamed(
  name: string,
  { simd, bytePages = false, floats = true, flashWeights }: TargetChoices = {},
): Target {
  const target = Object.values(TARGETS).find((candidate) => candidate.name === name);
  if (!target) {
    throw new MoteError("bad-option", "mote", `unknown target "${name}". Targets are: ${TARGET_NAMES}.`);
  }
  const memory = bytePages ? "byte-pages" : target.memory;
  if (!target.memoryModels.includes(memory)) {
    const capable = Object.values(TARGETS).filter(({ memoryModels }) => memoryModels.includes(memory));
    throw new MoteError(
      "bad-option",
      "mote",
      `target "${name}" has no pages of one byte. Use --target ${capable.map((other) => other.name).join(" or ")}.`,
    );
  }
  if (flashWeights && !target.passiveSegments) {
    const capable = Object.values(TARGETS).filter(({ passiveSegments }) => passiveSegments);
    throw new MoteError(
      "bad-option",
      "mote",
      `target "${name}" keeps its weights in memory. Use --target ${capable.map((other) => other.name).join(" or ")}.`,
    );
  }
  const chosen = { ...target, memory, floats, flashWeights: flashWeights ?? target.flashWeights };
  if (simd === undefined) return chosen;
  const level = SIMD_LEVELS.find((candidate) => candidate === simd);
  if (!level) {
    throw new MoteError(
      "bad-option",
      "mote",
      `unknown SIMD level "${simd}". Levels are: ${SIMD_LEVELS.join(", ")}.`,
    );
  }
  if (!target.simdLevels.includes(level)) {
    const capable = Object.values(TARGETS).filter(({ simdLevels }) => simdLevels.includes(level));
    throw new MoteError(
      "bad-option",
      "mote",
      `target "${name}" has no SIMD ${level}. Use --target ${capable.map((other) => other.name).join(" or ")}.`,
    );
  }
  return { ...chosen, simd: level };
}

/** Whether the target of that name accepts that SIMD level; a name or level that is unknown counts as accepted. */
export function mayHaveSimd(name: string, simd: string | undefined): boolean {
  const target = Object.values(TARGETS).find((candidate) => candidate.name === name);
  const level = SIMD_LEVELS.find((candidate) => candidate === simd);
  return !target || !level || target.simdLevels.includes(level);
}

/** Whether kernels may use SIMD128; those of relaxed builds may too. */
export function hasSimd(target: Target): boolean {
  return target.simd !== "none";
}
