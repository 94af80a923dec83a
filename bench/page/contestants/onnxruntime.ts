/**
 * onnxruntime-web: its WebAssembly build, one thread, all optimizations of the graph, on the same network as QDQ ONNX. Its
 * interface is asynchronous only. Activations are channels-first there; the inputs are brought to that order beforehand.
 */

import { at, type Load, modelOf } from "../contestant.ts";

interface OrtTensor {
  readonly data: Int8Array | Uint8Array;
}

interface Ort {
  readonly env: { readonly wasm: { numThreads: number; wasmPaths: string }; logLevel: string };
  readonly Tensor: new (type: string, values: Int8Array, shape: readonly number[]) => OrtTensor;
  readonly InferenceSession: {
    create(
      model: Uint8Array,
      options: { executionProviders: readonly string[]; graphOptimizationLevel: "all" },
    ): Promise<{
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
      run(feeds: Record<string, OrtTensor>): Promise<Record<string, OrtTensor>>;
    }>;
  };
}

export const onnxruntime: Load = async (network, samples, around) => {
  const model = await around.bytes(modelOf(network, "onnx"));
  const { env, InferenceSession, Tensor } = await around.module<Ort>("/onnxruntime/dist/ort.wasm.min.mjs");
  env.wasm.numThreads = 1;
  env.wasm.wasmPaths = around.folder("/onnxruntime/dist/");
  env.logLevel = "error";
  const session = await InferenceSession.create(model, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const { shape } = network.inputCoding;
  const [batch = 1, height = 1, width = 1, channels = 1] = shape;
  const dimensions = shape.length === 4 ? [batch, channels, height, width] : shape;
  const feeds = samples.map((sample) => ({
    [at(session.inputNames, 0)]: new Tensor("int8", channelsFirst(sample, shape), dimensions),
  }));
  const outputName = at(session.outputNames, 0);
  const given = new Uint8Array(network.outputCoding.shape.reduce((product, length) => product * length, 1));
  return {
    asynchronous: true,
    run: async (index) => {
      const results = await session.run(at(feeds, index));
      const output = results[outputName];
      if (!output) throw new Error("onnxruntime-web gives no output");
      given.set(output.data);
    },
    output: () => given.slice(),
  };
};

/** A map's values with the channels outermost; other shapes as they are. */
function channelsFirst(sample: Int8Array, shape: readonly number[]): Int8Array {
  if (shape.length !== 4) return sample;
  const [, height = 1, width = 1, channels = 1] = shape;
  const pixels = height * width;
  return Int8Array.from(
    sample,
    (_, index) => sample[(index % pixels) * channels + Math.floor(index / pixels)] ?? 0,
  );
}
