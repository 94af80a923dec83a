/**
 * @litertjs/core: LiteRT with XNNPACK. It is driven below its asynchronous `run`: one input buffer is kept, the compiled
 * model is called directly, and its output is read in place. As published it knows no int8 tensors: the site adds the one
 * line of its table of types that is missing (`patches.ts`).
 */

import { at, type Load, modelOf } from "../contestant.ts";

interface TensorBuffer {
  lock(mode: unknown): number;
  unlock(): void;
  delete(): void;
}

interface LiteRtWasm {
  readonly HEAPU8: Uint8Array;
  readonly LiteRtTensorBufferLockMode: { readonly READ: unknown; readonly WRITE: unknown };
}

interface LiteRt {
  readonly liteRtWasm: LiteRtWasm;
  loadAndCompile(
    model: Uint8Array,
    options: { accelerator: "wasm" },
  ): Promise<{
    readonly liteRtCompiledModel: { run(signature: number, inputs: readonly TensorBuffer[]): TensorBuffer[] };
  }>;
}

interface LiteRtModule {
  loadLiteRt(path: string): Promise<LiteRt>;
  readonly Tensor: new (
    values: Int8Array,
    shape: readonly number[],
  ) => { readonly liteRtTensorBuffer: TensorBuffer };
}

/** The contestant that runs LiteRT.js's build in `file`, or the one that it picks itself. */
export function litert(file = ""): Load {
  return async (network, samples, around) => {
    // The library keeps one runtime a module; another address gives another one.
    const { loadLiteRt, Tensor } = await around.module<LiteRtModule>(`/litert/dist/index.js?${file}`);
    const { liteRtWasm: wasm, loadAndCompile } = await started(
      loadLiteRt,
      `${around.origin}/litert/wasm/${file}`,
    );
    const { liteRtCompiledModel: model } = await loadAndCompile(
      await around.bytes(modelOf(network, "tflite")),
    );
    const { READ, WRITE } = wasm.LiteRtTensorBufferLockMode;
    const { liteRtTensorBuffer: input } = new Tensor(at(samples, 0), network.inputCoding.shape);
    const inputs = [input];
    const size = network.outputCoding.shape.reduce((product, length) => product * length, 1);
    const given = new Uint8Array(size);
    return {
      asynchronous: false,
      run: (index) => {
        wasm.HEAPU8.set(at(samples, index), input.lock(WRITE));
        input.unlock();
        const output = at(model.run(0, inputs), 0);
        const address = output.lock(READ);
        given.set(wasm.HEAPU8.subarray(address, address + size));
        output.unlock();
        output.delete();
      },
      output: () => given.slice(),
    };
  };
}

const runtimes = new Map<string, Promise<LiteRt>>();

/** The runtime of a file, loaded once a page. */
async function started(load: LiteRtModule["loadLiteRt"], path: string) {
  let runtime = runtimes.get(path);
  if (!runtime) {
    runtime = load(path);
    runtimes.set(path, runtime);
  }
  const liteRt = await runtime;
  return {
    liteRtWasm: liteRt.liteRtWasm,
    loadAndCompile: (model: Uint8Array) => liteRt.loadAndCompile(model, { accelerator: "wasm" }),
  };
}
