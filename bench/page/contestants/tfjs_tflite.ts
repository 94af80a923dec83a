/**
 * @tensorflow/tfjs-tflite: TFLite with XNNPACK for SIMD128, one thread. It is driven below its tensors of tfjs, which would
 * convert every int8 value to int32 and back: the input and the output are views of its memory, taken once.
 */

import { at, type Load, modelOf } from "../contestant.ts";

interface TensorInfo {
  /** A view of the tensor in TFLite's memory. */
  data(): Int8Array | Uint8Array;
}

interface ModelRunner {
  getInputs(): TensorInfo[];
  getOutputs(): TensorInfo[];
  infer(): boolean;
}

interface Tfweb {
  readonly tflite_web_api: { setWasmPath(path: string): void };
  readonly TFLiteWebModelRunner: {
    create(model: ArrayBuffer, options: { numThreads: number }): Promise<ModelRunner>;
  };
}

declare global {
  /** What the library's script leaves. */
  var tfweb: Tfweb | undefined;
  /** The script is made for CommonJS too, and needs this to be there. */
  var exports: object | undefined;
}

export const tfjsTflite: Load = async (network, samples, around) => {
  globalThis.exports ??= {};
  if (!globalThis.tfweb) await around.script("/tfjs-tflite/wasm/tflite_web_api_client.js");
  const { tfweb } = globalThis;
  if (!tfweb) throw new Error("the script of tfjs-tflite leaves no tfweb");
  tfweb.tflite_web_api.setWasmPath("/tfjs-tflite/wasm/");
  const model = await around.bytes(modelOf(network, "tflite"));
  const runner = await tfweb.TFLiteWebModelRunner.create(model.buffer, { numThreads: 1 });
  const input = at(runner.getInputs(), 0);
  const output = at(runner.getOutputs(), 0);
  let inputView = input.data();
  let outputView = output.data();
  const given = new Uint8Array(outputView.length);
  return {
    asynchronous: false,
    run: (index) => {
      // When TFLite's memory grows, views of it become empty.
      if (inputView.length === 0) inputView = input.data();
      inputView.set(at(samples, index));
      if (!runner.infer()) throw new Error("tfjs-tflite fails");
      if (outputView.length === 0) outputView = output.data();
      given.set(outputView);
    },
    output: () => given.slice(),
  };
};
