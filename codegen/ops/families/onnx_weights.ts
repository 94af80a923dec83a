/** Weights and biases of ONNX's convolutions and products, as int8 and int32 constants with a scale for each filter. */

import { require } from "../../error.ts";
import { roundAway } from "../../graph/fixed_point.ts";
import { bytesOf, elementCount, shapeText } from "../../graph/tensor.ts";
import type { Coded, OnnxOperand, OnnxReader } from "../onnx_spelling.ts";
import { scaleOf } from "./activation.ts";

/** Filters of a node: their integers in the file's order, less the zero point, and their scales: one, or one each. */
export interface OnnxWeights {
  readonly integers: Int8Array;
  readonly scales: readonly number[];
  readonly filters: number;
}

/** Which filter an element of the file's weights belongs to, and how many there are: dimension `axis` counts them. */
export function filtersAlong(shape: readonly number[], axis: number) {
  const filters = shape[axis] ?? 1;
  const inner = elementCount(shape.slice(axis + 1));
  return { filters, filterOf: (index: number) => Math.floor(index / inner) % filters };
}

/**
 * The constant in input `position`. What is folded into the node is worked in. Throws an `OperatorFault` on weights without
 * integers and on zero points that leave int8 no room.
 */
export function onnxWeights(
  node: OnnxReader,
  position: number,
  { filters, filterOf }: ReturnType<typeof filtersAlong>,
): OnnxWeights {
  const tensor = node.inputs[position];
  const coded = tensor?.constant?.coded;
  require(!!tensor?.constant, () =>
    `expects constant weights, found ${tensor ? `"${tensor.name}", which is computed` : "none"}. Export the model with frozen weights.`);
  require(!!coded, () =>
    `expects quantized weights, found float numbers in "${tensor.name}". Quantize the weights to int8 too.`);
  const scales = scalesByFilter(coded, filters, filterOf);
  const signs = node.fold?.factors.map(Math.sign);
  const integers = new Int8Array(coded.integers.length);
  coded.integers.forEach((integer, index) => {
    const filter = filterOf(index);
    const zero = coded.zeroPoints[coded.which?.[index] ?? 0] ?? 0;
    const value = (integer - zero) * (signs?.[filter] ?? 1);
    require(value >= -128 && value <= 127, () =>
      `expects weights that lie within 128 of their zero point, found ${integer} with ${zero}. Quantize the weights symmetrically (WeightSymmetric=True).`);
    integers[index] = value;
  });
  const folded = node.fold?.factors.map((factor, filter) => {
    const scale = scales[filter] ?? scales[0] ?? 1;
    return factor === 0 ? scale : scale * Math.abs(factor);
  });
  return { integers, scales: folded ?? scales, filters };
}

/** The scale of each filter, or of all; each filter must have one. */
function scalesByFilter(
  coded: Coded,
  filters: number,
  filterOf: (index: number) => number,
): readonly number[] {
  const { scales, which } = coded;
  if (!which) return scales.slice(0, 1);
  const chosen = new Array<number>(filters).fill(-1);
  for (let index = 0; index < which.length; index++) {
    const filter = filterOf(index);
    const scale = which[index] ?? 0;
    if (chosen[filter] === -1) chosen[filter] = scale;
    require(chosen[filter] === scale, () =>
      "expects one weight scale for each filter, found several in one. Quantize the weights per tensor or per output channel.");
  }
  return chosen.map((scale) => scales[scale] ?? 1);
}

/**
 * The bias in input `position` as int32 in units of input scale times weight scale, with what is folded into the node;
 * `undefined` where there is none. `factor` is one more on the file's bias.
 */
export function onnxBias(
  node: OnnxReader,
  position: number,
  input: OnnxOperand,
  { scales, filters }: OnnxWeights,
  factor = 1,
): OnnxOperand | undefined {
  const tensor = node.inputs[position];
  const { fold } = node;
  if (!tensor && !fold) return undefined;
  const constant = tensor?.constant;
  require(!tensor || !!constant, () =>
    `expects a constant bias, found "${tensor?.name}", which is computed. Add it in an operator of its own.`);
  const count = constant?.values.length ?? 1;
  require(count === filters || count === 1, () =>
    `expects a bias for each of ${filters} filters, found ${shapeText(tensor)}. The file may be damaged; re-export it.`);
  const coded = constant?.coded;
  const realAt = (index: number): number => {
    if (!coded) return constant?.values[index] ?? 0;
    const k = coded.which?.[index] ?? 0;
    return (coded.scales[k] ?? 1) * ((coded.integers[index] ?? 0) - (coded.zeroPoints[k] ?? 0));
  };
  // Sums of int16 activations are int64.
  const wide = input.tensor.dtype === "int16";
  const most = 2 ** (wide ? 46 : 31);
  const bias: number[] = [];
  for (let filter = 0; filter < filters; filter++) {
    const unit = scaleOf(input.tensor) * (scales[filter] ?? scales[0] ?? 1);
    const own = realAt(count === 1 ? 0 : filter) * factor;
    const real = own * (fold?.factors[filter] ?? 1) + (fold?.summands[filter] ?? 0);
    const value = roundAway(real / unit);
    require(Math.abs(value) < most, () =>
      `expects a bias below ${most} times input scale × weight scale = ${unit}, found ${real}. Re-export the model.`);
    bias[filter] = value;
  }
  const name = tensor?.name ?? "bias";
  const shape = [filters];
  return wide
    ? node.constant({ shape, dtype: "int64", data: bytesOf(BigInt64Array.from(bias, BigInt)) }, name)
    : node.constant({ shape, dtype: "int32", data: bytesOf(Int32Array.from(bias)) }, name);
}

/** Weights as a constant of the graph: filter `axis` of `shape`, elements picked by `indices` from the file's order. */
export function weightsOperand(
  node: OnnxReader,
  name: string,
  { integers, scales }: OnnxWeights,
  indices: ArrayLike<number>,
  shape: readonly number[],
  axis: number,
): OnnxOperand {
  const data = Int8Array.from(indices, (index) => integers[index] ?? 0);
  return node.constant(
    {
      shape,
      dtype: "int8",
      quantization: { scales, zeroPoints: scales.map(() => 0), axis: scales.length > 1 ? axis : 0 },
      data: bytesOf(data),
    },
    name,
  );
}
