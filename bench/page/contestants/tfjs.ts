/**
 * @tensorflow/tfjs with its WebAssembly backend, one thread: float32, since it has no int8, with the real values of the same
 * weights. Inputs are float32 beforehand; outputs are quantized afterwards to be compared.
 */

import { at, type Load, modelOf } from "../contestant.ts";
import type { Constant, FloatLayer, FloatNetwork } from "../float_network.ts";

interface Tensor {
  dataSync(): Float32Array;
}

type Window = readonly number[];

interface Tf {
  tensor(values: Float32Array, shape: readonly number[]): Tensor;
  keep(tensor: Tensor): Tensor;
  tidy<Result>(run: () => Result): Result;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  add(a: Tensor, b: Tensor): Tensor;
  reshape(x: Tensor, shape: readonly number[]): Tensor;
  relu(x: Tensor): Tensor;
  softmax(x: Tensor): Tensor;
  avgPool(x: Tensor, window: Window, strides: Window, pad: "valid"): Tensor;
  readonly fused: {
    conv2d(options: object): Tensor;
    depthwiseConv2d(options: object): Tensor;
    matMul(options: object): Tensor;
  };
  readonly wasm: { setWasmPaths(path: string): void; setThreadsCount(count: number): void };
}

declare global {
  /** What the library's scripts leave. */
  var tf: Tf | undefined;
}

export const tfjs: Load = async (network, samples, around) => {
  const file = await around.bytes(modelOf(network, "tfjs"));
  if (!globalThis.tf) {
    for (const part of ["core", "backend-wasm"]) await around.script(`/tfjs-${part}/dist/tf-${part}.min.js`);
  }
  const { tf } = globalThis;
  if (!tf) throw new Error("the scripts of tfjs leave no tf");
  tf.wasm.setWasmPaths(around.folder("/tfjs-backend-wasm/dist/"));
  tf.wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  const length = new DataView(file.buffer).getUint32(0, true);
  const { input, output, layers }: FloatNetwork = JSON.parse(
    new TextDecoder().decode(file.subarray(4, 4 + length)),
  );
  const values = new Float32Array(file.buffer, 4 + length);
  const steps = layers.map((layer) => ({ layer, step: stepOf(tf, layer, values) }));
  const { shape, scale, zeroPoint } = network.inputCoding;
  const reals = samples.map((sample) => Float32Array.from(sample, (value) => scale * (value - zeroPoint)));
  const coding = network.outputCoding;
  const given = new Float32Array(coding.shape.reduce((product, size) => product * size, 1));
  return {
    asynchronous: false,
    run: (index) => {
      tf.tidy(() => {
        const tensors = new Map([[input, tf.tensor(at(reals, index), shape)]]);
        for (const { layer, step } of steps) {
          tensors.set(layer.output, step(layer.inputs.map((id) => present(tensors.get(id)))));
        }
        given.set(present(tensors.get(output)).dataSync());
      });
    },
    output: () => {
      const [least, most] = coding.signed ? [-128, 127] : [0, 255];
      return Uint8Array.from(given, (real) =>
        Math.min(most, Math.max(least, Math.round(real / coding.scale) + coding.zeroPoint)),
      );
    },
  };
};

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("a layer reads what none has computed");
  return value;
}

/** One layer as a function of its inputs; constants are put into the backend once. */
function stepOf(tf: Tf, layer: FloatLayer, values: Float32Array): (inputs: readonly Tensor[]) => Tensor {
  const constant = ({ shape, offset }: Constant): Tensor => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.keep(tf.tensor(values.slice(offset, offset + size), shape));
  };
  const filter = layer.filter && constant(layer.filter);
  const bias = layer.bias && constant(layer.bias);
  const activation = { none: "linear", relu: "relu", relu6: "relu6" }[layer.activation];
  const { strides, dilations, pads: pad, window } = layer;
  switch (layer.kind) {
    case "conv_2d":
      return ([x]) => tf.fused.conv2d({ x, filter, strides, pad, dilations, bias, activation });
    case "depthwise_conv_2d":
      return ([x]) => tf.fused.depthwiseConv2d({ x, filter, strides, pad, dilations, bias, activation });
    case "fully_connected": {
      const columns = layer.filter?.shape[0] ?? 1;
      return ([x]) =>
        tf.fused.matMul({ a: tf.reshape(present(x), [-1, columns]), b: filter, bias, activation });
    }
    case "average_pool_2d":
      return ([x]) => tf.avgPool(present(x), present(window), present(strides), "valid");
    case "add":
      return ([a, b]) => {
        const sum = tf.add(present(a), present(b));
        return layer.activation === "none" ? sum : tf.relu(sum);
      };
    case "softmax":
      return ([x]) => tf.softmax(present(x));
    case "reshape":
      return ([x]) => tf.reshape(present(x), present(layer.shape));
    default:
      throw new Error(`there is no layer of kind ${layer.kind}`);
  }
}
