/** Runs a module of ABI 1 in Node: instances with typed arrays in and out. */

import type { Manifest, ManifestTensor } from "../codegen/compile_result.ts";
import { MoteError } from "../codegen/error.ts";
import { bytesOf, dimensions, type Values, valuesOf } from "../codegen/graph/tensor.ts";
import { dotBits } from "./dot_probe.ts";
import { manifestOf } from "./manifest.ts";

/** A model ready to run. */
export interface Instance {
  readonly manifest: Manifest;
  readonly memory: WebAssembly.Memory;
  /** Copies a tensor's own values into input `index`. Throws a `MoteError` on another type or length. */
  write(index: number, values: Values): void;
  /** One inference. Input bytes are undefined afterwards. */
  invoke(): void;
  /** A copy of output `index`. */
  read(index: number): Values;
  /** Writes all inputs, invokes, and reads all outputs. */
  run(inputs: readonly Values[]): Values[];
  /** Back to the initial state; nothing to do in a model without state. */
  reset(): void;
  /** Runs one layer; only in a module built with `--profile`. */
  readonly invokeLayer?: (index: number) => void;
}

/**
 * Instantiates a module.
 * @param wasm the module's bytes
 * @param options.manifest for a stripped module; otherwise the one inside the module is taken
 * @param options.file the module's name in messages
 * Throws a `MoteError` on bytes that are no module of ABI 1, or that do not belong to the manifest.
 */
export async function instantiate(
  wasm: Uint8Array,
  options: { readonly manifest?: Manifest; readonly file?: string } = {},
): Promise<Instance> {
  const file = options.file ?? options.manifest?.name ?? "module";
  let module: WebAssembly.Module;
  try {
    module = await WebAssembly.compile(wasm.slice());
  } catch {
    throw new MoteError(
      "bad-file",
      file,
      "is not a WebAssembly module that this Node can run. Build it again; relaxed SIMD needs Node 22 or later.",
    );
  }
  const imported = WebAssembly.Module.imports(module)[0];
  if (imported) {
    throw new MoteError(
      "bad-file",
      file,
      `expected a module without imports, found an import of "${imported.module}.${imported.name}". Only modules that mote built can run.`,
    );
  }
  const manifest = manifestOf(module, file) ?? options.manifest;
  if (!manifest) {
    throw new MoteError(
      "bad-file",
      file,
      "expected a manifest, found none. A stripped module needs its .js beside it; otherwise it is not one that mote built.",
    );
  }
  const instance = await WebAssembly.instantiate(module);
  refuseInexact(instance, file);
  return bind(instance, manifest, file);
}

/** Throws a `MoteError` where this machine's relaxed dot products would give other outputs. */
function refuseInexact({ exports }: WebAssembly.Instance, file: string): void {
  const needed = exports.dot_bits instanceof WebAssembly.Global ? Number(exports.dot_bits.value) : 0;
  if (needed <= dotBits()) return;
  throw new MoteError(
    "bad-file",
    file,
    `needs relaxed dot products that are exact for ${needed} bits, found ${dotBits()} on this machine. Take the build with --simd 128.`,
  );
}

function bind(instance: WebAssembly.Instance, manifest: Manifest, file: string): Instance {
  const { memory, invoke, reset, invoke_layer: layer } = instance.exports;
  if (!(memory instanceof WebAssembly.Memory) || !isFunction(invoke)) {
    throw mismatch(file, "expected exports memory and invoke");
  }
  if (manifest.stateBytes > 0 && !isFunction(reset)) {
    throw mismatch(file, `expected an export reset for ${manifest.stateBytes} bytes of state`);
  }
  const check = (side: "input" | "output") => (tensor: ManifestTensor, index: number) => {
    const exported = instance.exports[`${side}_${index}`];
    if (!(exported instanceof WebAssembly.Global) || exported.value !== tensor.address) {
      throw mismatch(file, `expected ${side}_${index} at address ${tensor.address}`);
    }
    if (tensor.address + tensor.bytes > memory.buffer.byteLength) {
      throw mismatch(file, `${side}_${index} ends beyond the module's memory`);
    }
  };
  manifest.inputs.forEach(check("input"));
  manifest.outputs.forEach(check("output"));

  const view = (tensor: ManifestTensor) => new Uint8Array(memory.buffer, tensor.address, tensor.bytes);
  const write = (index: number, values: Values): void => {
    const tensor = tensorOf(manifest.inputs, index);
    const found = valuesOf(tensor.dtype, new Uint8Array(0));
    if (values.constructor !== found.constructor || values.byteLength !== tensor.bytes) {
      throw new MoteError(
        "bad-input",
        file,
        `input ${index} ("${tensor.name}") takes ${tensor.dtype} ${dimensions(tensor.shape)}, found a ${values.constructor.name} of ${values.length}.`,
      );
    }
    view(tensor).set(bytesOf(values));
  };
  const read = (index: number): Values => {
    const tensor = tensorOf(manifest.outputs, index);
    return valuesOf(tensor.dtype, view(tensor));
  };
  return {
    manifest,
    memory,
    write,
    read,
    invoke: () => invoke(),
    run(inputs) {
      if (inputs.length !== manifest.inputs.length) {
        throw new MoteError(
          "bad-input",
          file,
          `expected ${manifest.inputs.length} inputs, found ${inputs.length}.`,
        );
      }
      inputs.forEach((values, index) => {
        write(index, values);
      });
      invoke();
      return manifest.outputs.map((_, index) => read(index));
    },
    reset: () => {
      if (isFunction(reset)) reset();
    },
    ...(isFunction(layer) ? { invokeLayer: (index: number) => layer(index) } : {}),
  };
}

function tensorOf(tensors: readonly ManifestTensor[], index: number): ManifestTensor {
  const tensor = tensors[index];
  if (!tensor) throw new RangeError(`no tensor ${index} among ${tensors.length}`);
  return tensor;
}

function isFunction(value: unknown): value is (...numbers: number[]) => void {
  return typeof value === "function";
}

function mismatch(file: string, expectation: string): MoteError {
  return new MoteError(
    "bad-file",
    file,
    `${expectation}, found otherwise. The module and its manifest are not from the same build; build the model again.`,
  );
}
