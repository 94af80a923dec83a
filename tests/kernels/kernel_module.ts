/** All kernels as one module with asc's runtime, driven by its loader with typed arrays in and out. */

import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type ASUtil, instantiateSync } from "@assemblyscript/loader";
import { main } from "assemblyscript/asc";
import { bytesOf } from "../../codegen/graph/tensor.ts";
import { type DotMachine, withDotsOf } from "../relaxed/rewrite.ts";

const ROOT = new URL("../../", import.meta.url);

/** Kernel files below `assembly/`, without their ending, but for programs of their own. */
export function kernelFiles(): string[] {
  return readdirSync(new URL("assembly/", ROOT), { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".ts") && !path.startsWith("bench/"))
    .map((path) => path.slice(0, -3))
    .sort();
}

/** What JavaScript can't hand over: vectors go by address. `parameters`: 16 unused bytes, multipliers, powers. */
const WRAPPERS = `
import { requantize_lanes } from "./fixed_point_simd128";
export const INT8_ARRAY = idof<Int8Array>();
export const INT32_ARRAY = idof<Int32Array>();
export function requantize_lanes_at(output: usize, values: usize, parameters: usize, uniform_exponent: i32): void {
  v128.store(output, requantize_lanes(v128.load(values), parameters, uniform_exponent));
}
`;

/** The parameter names of every exported function of the kernels. */
function parameterNames(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const path of kernelFiles()) {
    const source = readFileSync(new URL(`assembly/${path}.ts`, ROOT), "utf8");
    for (const [, name = "", list = ""] of source.matchAll(/export function (\w+)\(([^)]*)\)/g)) {
      found.set(
        name,
        Array.from(list.matchAll(/(\w+):/g), ([, parameter = ""]) => parameter),
      );
    }
  }
  return found;
}

type Kernel = (...values: (number | bigint)[]) => number;

export interface KernelModule {
  readonly memory: WebAssembly.Memory;
  /** Gives `copy_from_flash` the bytes that it copies from; none at first. */
  setFlash(bytes: Uint8Array): void;
  /** A kernel or wrapper by its name. */
  kernel(name: string): Kernel;
  /** Calls a kernel with arguments by parameter name; it may take fewer. */
  run(name: string, values: Readonly<Record<string, number>>): void;
  /** Puts values into the module's memory and gives the address of the first. */
  place(values: Int8Array | Int32Array): number;
  /** Replaces what `place` put there. */
  write(address: number, values: Int8Array | Int32Array): void;
  int8At(address: number, count: number): Int8Array;
  int32At(address: number, count: number): Int32Array;
}

/** Compiles what asconfig.json's target `test` says, from memory. */
async function compileKernels(): Promise<Uint8Array<ArrayBuffer>> {
  const exports = kernelFiles().map((path) => `export * from "./${path}";`);
  const entry = `${exports.join("\n")}${WRAPPERS}`;
  let wasm: Uint8Array | undefined;
  const { error, stderr } = await main(["--config", "asconfig.json", "--target", "test"], {
    readFile(name) {
      const path = name.replaceAll("\\", "/");
      if (path === "assembly/index.ts") return entry;
      const url = new URL(path, ROOT);
      return existsSync(url) ? readFileSync(url, "utf8") : null;
    },
    writeFile(name, contents) {
      if (name.endsWith(".wasm") && typeof contents !== "string") wasm = contents;
    },
    listFiles: () => [],
  });
  assert.ok(!error && wasm, stderr.toString());
  return new Uint8Array(wasm);
}

let compiled: Promise<Uint8Array<ArrayBuffer>> | undefined;
const rewritten = new Map<DotMachine, Promise<{ readonly wasm: Uint8Array<ArrayBuffer> }>>();

/** The kernels, compiled once in a process, with relaxed dot products as on `machine`. */
async function kernelsOn(machine: DotMachine): Promise<Uint8Array<ArrayBuffer>> {
  compiled ??= compileKernels();
  const module = rewritten.get(machine) ?? withDotsOf(machine, await compiled);
  rewritten.set(machine, module);
  return (await module).wasm;
}

/** A new instance of the kernels. */
export async function kernelModule(machine: DotMachine = "signed"): Promise<KernelModule> {
  let flash = new Uint8Array();
  const copyFromFlash = (to: number, from: number, bytes: number) => {
    // As memory.init, which traps beyond the segment.
    assert.ok(from >= 0 && from + bytes <= flash.length, `${bytes} bytes from ${from} of ${flash.length}`);
    new Uint8Array(memory.buffer).set(flash.subarray(from, from + bytes), to);
  };
  const instance = instantiateSync<ASUtil & { memory: WebAssembly.Memory } & Record<string, unknown>>(
    await kernelsOn(machine),
    { flash: { copy_from_flash: copyFromFlash } },
  );
  const { exports: api } = instance;
  const { memory } = api;
  const typeOf = (name: string) => {
    const type = api[name];
    assert.ok(type instanceof WebAssembly.Global, name);
    return Number(type.value);
  };
  const kernel = (name: string): Kernel => {
    const found = api[name];
    assert.ok(typeof found === "function", `no kernel ${name}`);
    return found as Kernel;
  };
  const parameters = parameterNames();
  return {
    memory,
    setFlash(bytes) {
      flash = new Uint8Array(bytes);
    },
    kernel,
    run(name, values) {
      const given = (parameters.get(name) ?? []).map((parameter) => {
        const value = values[parameter];
        assert.ok(value !== undefined, `${name} takes ${parameter}`);
        return value;
      });
      kernel(name)(...given);
    },
    place(values) {
      const type = typeOf(values instanceof Int8Array ? "INT8_ARRAY" : "INT32_ARRAY");
      const array = api.__pin(api.__newArray(type, values));
      return api.__getArrayView(array).byteOffset;
    },
    write(address, values) {
      new Uint8Array(memory.buffer).set(bytesOf(values), address);
    },
    int8At: (address, count) => new Int8Array(memory.buffer, address, count).slice(),
    int32At: (address, count) => new Int32Array(memory.buffer, address, count).slice(),
  };
}
