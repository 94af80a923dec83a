/** Small random networks for properties of passes and plans: every operator, many dead filters, seeded. */

import { type Graph, tensorAt } from "../codegen/graph/graph.ts";
import type { TensorId, Values } from "../codegen/graph/tensor.ts";
import { NetworkBuilder } from "./network_builder.ts";
import { type Random, randomOf, randomValues } from "./ops/random_values.ts";
import { gate, throughFloats } from "./random_elementwise.ts";
import { conv, dense, depthwise, type Step, transposed } from "./random_filters.ts";
import {
  choice,
  pairFunction,
  product,
  recurrence,
  reduction,
  rowFunction,
  runningSum,
  unaryFunction,
} from "./random_functions.ts";
import { binary, cut, join, mean, pad, pool, reshape, unary } from "./random_layers.ts";
import { rearrange, repeat, resample } from "./random_movement.ts";
import { accumulate, delay, stream } from "./random_state.ts";

const STEPS: readonly [Step, ...Step[]] = [
  conv,
  conv,
  conv,
  conv,
  depthwise,
  depthwise,
  depthwise,
  transposed,
  dense,
  binary,
  binary,
  unary,
  unary,
  unary,
  throughFloats,
  gate,
  pool,
  pad,
  pad,
  reshape,
  mean,
  join,
  join,
  cut,
  rearrange,
  repeat,
  resample,
];

/** Every operator with a kernel, where dead filters are not what matters. */
const ALL: readonly [Step, ...Step[]] = [
  ...STEPS,
  choice,
  pairFunction,
  pairFunction,
  product,
  recurrence,
  reduction,
  reduction,
  rowFunction,
  runningSum,
  unaryFunction,
  unaryFunction,
  unaryFunction,
] as const;

/** Steps of networks with state, half of them such that remember. */
const REMEMBERING: readonly [Step, ...Step[]] = [
  ...STEPS,
  ...Array.from({ length: 7 }, () => [stream, delay, accumulate]).flat(),
] as const;

export interface RandomNetworkOptions {
  /** Whether the network may remember. */
  readonly state?: boolean;
  /** Whether any operator may occur, not only those that passes rewrite. */
  readonly all?: boolean;
}

/** The network of a seed: 3 to 12 operators, one or two inputs, some inner tensors as further outputs. */
export function randomNetwork(
  seed: number,
  { state = false, all = false }: RandomNetworkOptions = {},
): Graph {
  const random = randomOf(seed);
  const b = new NetworkBuilder();
  const shape = [1, random.int(2, 7), random.int(2, 7), random.int(1, 5)];
  const inputs = Array.from({ length: random.pick([1, 1, 2]) }, () =>
    b.tensor(shape, 0.05, random.pick([0, -128, 9])),
  );
  const made: TensorId[] = [...inputs];
  const count = random.int(3, 12);
  const steps = state ? REMEMBERING : all ? ALL : STEPS;
  for (let tries = 0; b.operators.length < count && tries < 100; tries++) {
    const input = made[random.real() < 0.75 ? made.length - 1 : random.int(0, made.length - 1)] ?? 0;
    const output = random.pick(steps)(b, random, input, made);
    if (output !== undefined) made.push(output);
  }
  const last = made[made.length - 1] ?? 0;
  const written = made.slice(inputs.length, -1);
  return b.graph(inputs, [...new Set([...written.filter(() => random.real() < 0.08), last])]);
}

/** Values for the inputs of a network. */
export function randomInputs(graph: Graph, random: Random): Values[] {
  return graph.inputs.map((id) => randomValues(tensorAt(graph, id), random));
}
