/** Convolutions and fully connected layers for tests, given ones and random ones, with weights that are worth a test. */

import { bytesOf, elementCount, type Tensor } from "../../codegen/graph/tensor.ts";
import { type FileOperatorCase, numbers, tensor } from "./file_operator.ts";
import type { Random } from "./random_values.ts";

/** A constant int8 filter; `axis` is the dimension of several scales. */
export function filterOf(
  shape: readonly number[],
  values: ArrayLike<number>,
  scales: readonly number[] = [0.02],
  axis = 0,
): Tensor {
  const quantization = { scales, zeroPoints: scales.map(() => 0), axis };
  return { name: "filter", shape, dtype: "int8", quantization, data: bytesOf(Int8Array.from(values)) };
}

/** A constant int32 bias. */
export function biasOf(values: readonly number[]): Tensor {
  return { name: "bias", shape: [values.length], dtype: "int32", data: bytesOf(Int32Array.from(values)) };
}

/** Kernel, strides and dilations along one dimension, and the sizes before and after. */
interface Window {
  readonly input: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly output: number;
}

function randomWindow(random: Random, same: boolean, given: ConvolutionChoice["window"] = {}): Window {
  const kernel = given.kernel ?? random.pick([1, 1, 2, 3, 5]);
  const stride = given.stride ?? random.pick([1, 1, 2, 3]);
  const dilation = given.dilation ?? random.pick([1, 1, 2, 3]);
  const extent = (kernel - 1) * dilation + 1;
  const input = random.pick([1, extent, extent + 1, extent + 4]) + (same ? 0 : extent - 1);
  const output = same ? Math.ceil(input / stride) : Math.floor((input - extent) / stride) + 1;
  return { input, kernel, stride, dilation, output };
}

/** What varies in a random convolution; what is left out is drawn. */
export interface ConvolutionChoice {
  readonly kind: "CONV_2D" | "DEPTHWISE_CONV_2D" | "FULLY_CONNECTED";
  readonly channels?: number;
  readonly groups?: number;
  readonly multiplier?: number;
  /** The same along both dimensions. */
  readonly window?: { readonly kernel?: number; readonly stride?: number; readonly dilation?: number };
}

/** Filter, bias and output scale: ordinary ones, extreme weights, dead filters with huge biases, left shifts. */
function randomWeights(
  random: Random,
  shape: readonly number[],
  filters: number,
  axis: number,
): { constants: Tensor[]; outputScale: number } {
  const style = random.pick(["ordinary", "ordinary", "extreme", "dead", "left"]);
  const count = elementCount(shape);
  const depth = count / filters;
  const values = Array.from({ length: count }, () =>
    style === "extreme" ? random.pick([-128, 127]) : random.int(-127, 127),
  );
  const dead = () => style === "dead" && random.real() < 0.5;
  const perChannel = style === "dead" || random.pick([true, false]);
  const isDead = Array.from({ length: filters }, dead);
  const scales = perChannel ? isDead.map((d) => (d ? 4e-9 : 0.005 + 0.03 * random.real())) : [0.02];
  const huge = () => random.pick([-1, 1]) * (2 ** 30 - random.int(0, 9));
  const biases = isDead.map((d) => (d ? huge() : random.int(-20000, 20000)));
  const outputScale = (0.05 * 0.02 * 73 * Math.sqrt(depth)) / (style === "left" ? 20000 : 1);
  const bias = style === "dead" || random.real() < 0.7 ? [biasOf(biases)] : [];
  return { constants: [filterOf(shape, values, scales, axis), ...bias], outputScale };
}

/** A random convolution of 1 to 33 channels, with 1-pixel maps among them. */
export function randomConvolution(random: Random, choice: ConvolutionChoice): FileOperatorCase {
  const { kind } = choice;
  const anySize = () => random.pick([1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33]);
  const channels = choice.channels ?? anySize();
  const batches = random.pick([1, 1, 1, 3]);
  const zeroPoint = random.pick([-128, 127, random.int(-128, 127)]);
  const output = (shape: readonly number[], scale: number) => [tensor(shape, scale, random.int(-128, 127))];
  const activation = random.int(0, 3);
  if (kind === "FULLY_CONNECTED") {
    const filters = anySize();
    const { constants, outputScale } = randomWeights(random, [filters, channels], filters, 0);
    const rows = random.pick([[batches], [batches, 2], [1, 2, batches]]);
    return {
      spelling: kind,
      inputs: [tensor([...rows, channels], 0.05, zeroPoint), ...constants],
      outputs: output([...rows, filters], outputScale),
      options: { activation, keepDims: 1 },
    };
  }
  const same = random.pick([true, false]);
  const y = randomWindow(random, same, choice.window);
  const x = randomWindow(random, same, choice.window);
  const depthwise = kind === "DEPTHWISE_CONV_2D";
  const groups = choice.groups ?? 1;
  const filters = depthwise ? channels * (choice.multiplier ?? 1) : groups * Math.ceil(anySize() / groups);
  const shape = depthwise
    ? [1, y.kernel, x.kernel, filters]
    : [filters, y.kernel, x.kernel, channels / groups];
  const { constants, outputScale } = randomWeights(random, shape, filters, depthwise ? 3 : 0);
  return {
    spelling: kind,
    inputs: [tensor([batches, y.input, x.input, channels], 0.05, zeroPoint), ...constants],
    outputs: output([batches, y.output, x.output, filters], outputScale),
    options: {
      padding: same ? 0 : 1,
      strideHeight: y.stride,
      strideWidth: x.stride,
      dilationHeight: y.dilation,
      dilationWidth: x.dilation,
      activation,
    },
  };
}

/** A random transposed convolution: kernels smaller and larger than strides, outputs that are cut off or have edges. */
export function randomTransposeConv(random: Random): FileOperatorCase {
  const anySize = () => random.pick([1, 2, 3, 4, 5, 7, 8, 9]);
  const [channels, filters, batches] = [anySize(), anySize(), random.pick([1, 1, 2])];
  const same = random.pick([true, false]);
  const along = () => {
    const [input, kernel, stride] = [random.int(1, 5), random.int(1, 5), random.int(1, 4)];
    const whole = (input - 1) * stride + kernel;
    const output = same
      ? random.int((input - 1) * stride + 1, input * stride)
      : whole + random.pick([0, 0, 1]);
    return { input, kernel, stride, output: Math.max(1, output - random.pick([0, 0, 0, stride])) };
  };
  const [y, x] = [along(), along()];
  const shape = [filters, y.kernel, x.kernel, channels];
  const { constants, outputScale } = randomWeights(random, shape, filters, 0);
  const output = [batches, y.output, x.output, filters];
  const zeroPoint = random.pick([-128, 127, random.int(-128, 127)]);
  const [filter = tensor(shape), ...bias] = constants;
  return {
    spelling: "TRANSPOSE_CONV",
    inputs: [
      numbers(...output),
      filter,
      tensor([batches, y.input, x.input, channels], 0.05, zeroPoint),
      ...bias,
    ],
    outputs: [tensor(output, outputScale, random.int(-128, 127))],
    options: {
      padding: same ? 0 : 1,
      strideHeight: y.stride,
      strideWidth: x.stride,
      activation: random.int(0, 3),
    },
  };
}
