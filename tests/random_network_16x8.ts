/** Small random networks of int16 activations, for properties of passes: the steps of random_network.ts, where 16x8 has them. */

import { OperatorFault } from "../codegen/error.ts";
import type { Graph } from "../codegen/graph/graph.ts";
import { bytesOf, type TensorId, type Values } from "../codegen/graph/tensor.ts";
import { NetworkBuilder } from "./network_builder.ts";
import { randomOf } from "./ops/random_values.ts";
import { conv, dense, depthwise, type Step } from "./random_filters.ts";
import { binary, cut, join, mean, pad, pool, reshape, unary } from "./random_layers.ts";

/** Makes what steps ask for in int8 with int16 activations and int64 or int32 biases. */
class WideBuilder extends NetworkBuilder {
  /** Whether biases stay int32, with the arithmetic that this means. */
  constructor(readonly narrowBiases: boolean) {
    super();
  }

  override tensor(shape: readonly number[], scale?: number): TensorId {
    const id = super.tensor(shape, scale, 0);
    const [made] = this.tensors.splice(id, 1);
    if (made) this.tensors.push({ ...made, dtype: "int16" });
    return id;
  }

  override constant(
    shape: readonly number[],
    values: Values,
    scales?: readonly number[],
    axis?: number,
  ): TensorId {
    const id = super.constant(shape, values, scales, axis);
    if (!(values instanceof Int32Array) || this.narrowBiases) return id;
    const [made] = this.tensors.splice(id, 1);
    const wide = BigInt64Array.from(values, (value) => 256n * BigInt(value));
    if (made) this.tensors.push({ ...made, dtype: "int64", data: bytesOf(wide) });
    return id;
  }
}

const STEPS: readonly [Step, ...Step[]] = [
  conv,
  conv,
  conv,
  depthwise,
  depthwise,
  dense,
  binary,
  unary,
  pool,
  pad,
  reshape,
  mean,
  join,
  cut,
];

/** The network of a seed: 2 to 8 operators; a step that no operator takes in int16 is left out. */
export function randomNetwork16(seed: number): Graph {
  const random = randomOf(seed);
  const b = new WideBuilder(random.real() < 0.25);
  const x = b.tensor([1, random.int(2, 6), random.int(2, 6), random.int(1, 5)], 0.05);
  const made: TensorId[] = [x];
  const count = random.int(2, 8);
  for (let tries = 0; b.operators.length < count && tries < 200; tries++) {
    const input = made[random.real() < 0.8 ? made.length - 1 : random.int(0, made.length - 1)] ?? x;
    try {
      const output = random.pick(STEPS)(b, random, input, made);
      if (output !== undefined) made.push(output);
    } catch (fault) {
      if (!(fault instanceof OperatorFault)) throw fault;
    }
  }
  const last = made[made.length - 1] ?? x;
  const written = made.slice(1, -1).filter(() => random.real() < 0.08);
  return b.graph([x], [...new Set([...written, last])]);
}
