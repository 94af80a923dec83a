/** Machines as the generated JavaScript sees them: how they multiply with relaxed SIMD, mocked in `WebAssembly`. */

import { DOT_PROBE, SIMD_PROBE } from "../../codegen/package/dot_probe.ts";

type Dot = (a: number, b: number, c: number) => number;

const byte = (value: number) => (value << 24) >> 24;
const saturated = (value: number) => Math.max(-32_768, Math.min(32_767, value));

/** x86 with VNNI: the second operand is unsigned, sums are exact. */
export const VNNI: Dot = (a, b, c) => 4 * byte(a) * (b & 255) + c;
/** ARM with its dot product: both operands are signed. */
export const ARM: Dot = (a, b, c) => 4 * byte(a) * byte(b) + c;
/** ARM without: sums of two products wrap to 16 bits. */
export const OLD_ARM: Dot = (a, b, c) => 2 * (((2 * byte(a) * byte(b)) << 16) >> 16) + c;
/** x86 without VNNI: the second operand is unsigned, sums of two products saturate. */
export const SATURATING: Dot = (a, b, c) => 2 * saturated(2 * byte(a) * (b & 255)) + c;
/** V8 11.3's baseline compiler, as in Node 20 behind its flag: adds the product twice. */
export const DOUBLING: Dot = (a, b, c) => 2 * SATURATING(a, b, 0) + c;

export interface Machine {
  readonly simd: boolean;
  /** Absent: no relaxed SIMD. */
  readonly dot?: Dot;
}

function isBytes(value: unknown, expected: readonly number[]): boolean {
  return (
    value instanceof Uint8Array &&
    value.length === expected.length &&
    expected.every((e, i) => value[i] === e)
  );
}

/** Runs `use` where the probes give what they would on `machine`; all else is this machine's. */
export async function onMachine<T>({ simd, dot }: Machine, use: () => Promise<T>): Promise<T> {
  const real = globalThis.WebAssembly;
  const probe = Symbol("the dot probe");
  const modules = new WeakMap<object, symbol>();
  const Module = new Proxy(real.Module, {
    construct(target, [bytes]) {
      if (!isBytes(bytes, DOT_PROBE)) return new target(bytes);
      if (!dot) throw new real.CompileError("no relaxed SIMD");
      const module = {};
      modules.set(module, probe);
      return module;
    },
  });
  const Instance = new Proxy(real.Instance, {
    construct: (target, [module]) =>
      modules.get(module) === probe ? { exports: { dot } } : new target(module),
  });
  const validate = (bytes: Uint8Array<ArrayBuffer>) =>
    isBytes(bytes, SIMD_PROBE) ? simd : isBytes(bytes, DOT_PROBE) ? dot !== undefined : real.validate(bytes);
  globalThis.WebAssembly = Object.create(real, {
    Module: { value: Module },
    Instance: { value: Instance },
    validate: { value: validate },
  });
  try {
    return await use();
  } finally {
    globalThis.WebAssembly = real;
  }
}
