/** Recurrent layers for tests, and the float network that their fixed point stands for. */

import { strict as assert } from "node:assert";
import { OperatorFault } from "../../codegen/error.ts";
import { ABSENT, type Graph, type Layer } from "../../codegen/graph/graph.ts";
import { bytesOf, type DType, type Tensor, type Values, valuesOf } from "../../codegen/graph/tensor.ts";
import type { OperatorDescriptor } from "../../codegen/ops/descriptor.ts";
import type { RecurrentResult } from "../../codegen/ops/families/recurrent.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { assertGraphMatches, tensor } from "./file_operator.ts";
import { type Random, randomOf, randomValues } from "./random_values.ts";
import { checkVariants, type LayerRun, layer } from "./variant_harness.ts";

export type RecurrentKind = "rnn" | "lstm" | "gru";

const GATES: Readonly<Record<RecurrentKind, number>> = { rnn: 1, lstm: 4, gru: 3 };

export interface RecurrentOptions {
  readonly units: number;
  readonly depth: number;
  readonly steps: number;
  readonly batches?: number;
  readonly input?: DType;
  readonly output?: DType;
  readonly reverse?: boolean;
  readonly timeMajor?: boolean;
  readonly returns?: readonly RecurrentResult[];
  readonly linearBeforeReset?: boolean;
  readonly initial?: DType;
  readonly biases?: boolean;
  readonly perRow?: boolean;
  /** Largest magnitude of a weight. */
  readonly reach?: number;
}

/** The scale of an output: int8 states fill [−1, 1), so does int16. */
const outputTensor = (shape: readonly number[], dtype: DType) =>
  dtype === "int8" ? tensor(shape, 1 / 128, 0) : tensor(shape, 2 ** -15, 0, "int16");

/** A constant int8 matrix of weights up to ±`reach`. */
function matrix(random: Random, rows: number, columns: number, reach: number, perRow: boolean): Tensor {
  const scales = Array.from({ length: perRow ? rows : 1 }, () => (reach * (0.5 + random.real() / 2)) / 127);
  return {
    name: "weights",
    shape: [rows, columns],
    dtype: "int8",
    quantization: { scales, zeroPoints: scales.map(() => 0), axis: 0 },
    data: bytesOf(Int8Array.from({ length: rows * columns }, () => random.int(-127, 127))),
  };
}

/** A recurrent layer with random weights. */
export function recurrentLayer(kind: RecurrentKind, random: Random, options: RecurrentOptions): Layer {
  const { units, depth, steps, batches = 1, input = "int8", output = "int8", timeMajor = false } = options;
  const { returns = ["sequence"], reach = 1.2 / Math.sqrt(units), perRow = true } = options;
  const rows = GATES[kind] * units;
  const x = tensor(timeMajor ? [steps, batches, depth] : [batches, steps, depth], 0.02, 3, input);
  const inputs: (Tensor | undefined)[] = [
    input === "int16" ? { ...x, quantization: { scales: [2 ** -13], zeroPoints: [0], axis: 0 } } : x,
    matrix(random, rows, depth, reach, perRow),
    matrix(random, rows, units, reach, perRow),
  ];
  if (options.biases ?? true) {
    const biases = Float32Array.from({ length: 2 * rows }, () => random.real() - 0.5);
    inputs.push({ name: "biases", shape: [2 * rows], dtype: "float32", data: bytesOf(biases) });
  }
  if (options.initial) {
    if (inputs.length === 3) inputs.push(undefined);
    const state = outputTensor([batches, units], options.initial);
    inputs.push(state);
    if (kind === "lstm")
      inputs.push({ ...state, quantization: { scales: [0.001], zeroPoints: [0], axis: 0 } });
  }
  const attributes = {
    reverse: options.reverse ?? false,
    timeMajor,
    returns,
    stateful: false,
    ...(kind === "gru" ? { linearBeforeReset: options.linearBeforeReset ?? false } : {}),
  };
  const sequence = timeMajor ? [steps, batches, units] : [batches, steps, units];
  const outputs = returns.map((result) =>
    result === "cell"
      ? tensor([batches, units], 0.03, -4, output)
      : outputTensor(result === "sequence" ? sequence : [batches, units], output),
  );
  return layer(kind, attributes, inputs, outputs);
}

/** The graph of a recurrent layer alone: what is no constant is an input or an output. */
export function recurrentGraph(kind: RecurrentKind, random: Random, options: RecurrentOptions): Graph {
  const made = recurrentLayer(kind, random, options);
  const tensors: Tensor[] = [];
  const add = (entry: Tensor | undefined) =>
    entry ? tensors.push({ ...entry, name: `t${tensors.length}` }) - 1 : ABSENT;
  const inputs = made.inputs.map(add);
  const outputs = made.outputs.map(add);
  return {
    name: kind,
    file: `${kind}.onnx`,
    tensors,
    operators: [{ ...made.operator, inputs, outputs }],
    inputs: inputs.filter((id) => id !== ABSENT && !tensors[id]?.data),
    outputs,
  };
}

/** A layer of random shape and form, with values for its inputs. */
export function randomRun(kind: RecurrentKind, random: Random): LayerRun {
  const possible: readonly [RecurrentResult[], ...RecurrentResult[][]] = [
    ["sequence"],
    ["last"],
    ["last", "sequence"],
    ...(kind === "lstm" ? ([["sequence", "cell"], ["cell"]] as RecurrentResult[][]) : []),
  ];
  const made = recurrentLayer(kind, random, {
    units: random.int(1, 18),
    depth: random.int(1, 6),
    steps: random.int(1, 5),
    batches: random.int(1, 2),
    input: random.pick(["int8", "int16", "float32"] as const),
    output: random.pick(["int8", "int16"] as const),
    reverse: random.real() < 0.5,
    timeMajor: random.real() < 0.5,
    returns: random.pick(possible),
    linearBeforeReset: random.real() < 0.5,
    ...(random.real() < 0.5 ? { initial: random.pick(["int8", "int16"] as const) } : {}),
    biases: random.real() < 0.7,
    perRow: random.real() < 0.7,
    reach: 0.1 + random.real() * 2,
  });
  const inputs = made.inputs.map((entry) => (entry && !entry.data ? randomValues(entry, random) : undefined));
  return { layer: made, inputs };
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** The states after every step by real arithmetic on the same weights: ONNX's formulas. */
export function floatStates(kind: RecurrentKind, made: Layer, x: readonly (readonly number[])[]): number[][] {
  const [, weights, stateWeights, biasTensor] = made.inputs;
  const units = stateWeights?.shape[1] ?? 1;
  const real = (entry: Tensor | undefined) => {
    const columns = entry?.shape[1] ?? 1;
    const values = Array.from(valuesOf("int8", entry?.data ?? new Uint8Array()), Number);
    const scales = entry?.quantization?.scales ?? [1];
    return Array.from({ length: entry?.shape[0] ?? 0 }, (_, row) =>
      values.slice(row * columns, (row + 1) * columns).map((w) => w * (scales[row] ?? scales[0] ?? 1)),
    );
  };
  const [w, r] = [real(weights), real(stateWeights)];
  const bias = biasTensor?.data ? Array.from(valuesOf("float32", biasTensor.data), Number) : [];
  const dot = (row: readonly number[] | undefined, values: readonly number[]) =>
    (row ?? []).reduce((sum, weight, index) => sum + weight * (values[index] ?? 0), 0);
  const linear = (made.attributes as { linearBeforeReset?: boolean }).linearBeforeReset === true;
  let state = new Array<number>(units).fill(0);
  const cell = new Array<number>(units).fill(0);
  return x.map((values) => {
    const inputPart = (row: number) => dot(w[row], values) + (bias[row] ?? 0);
    const statePart = (row: number, from: readonly number[]) =>
      dot(r[row], from) + (bias[w.length + row] ?? 0);
    const sum = (gate: number, unit: number) =>
      inputPart(gate * units + unit) + statePart(gate * units + unit, state);
    const resets = state.map((_, unit) => (kind === "gru" ? sigmoid(sum(1, unit)) : 0));
    const reset = state.map((old, unit) => old * (resets[unit] ?? 0));
    state = state.map((old, unit) => {
      if (kind === "rnn") return Math.tanh(sum(0, unit));
      if (kind === "lstm") {
        const next =
          sigmoid(sum(2, unit)) * (cell[unit] ?? 0) + sigmoid(sum(0, unit)) * Math.tanh(sum(3, unit));
        cell[unit] = next;
        return sigmoid(sum(1, unit)) * Math.tanh(next);
      }
      const row = 2 * units + unit;
      const part = linear ? (resets[unit] ?? 0) * statePart(row, state) : statePart(row, reset);
      const update = sigmoid(sum(0, unit));
      return (1 - update) * Math.tanh(inputPart(row) + part) + update * old;
    });
    return state;
  });
}

/** How far int8 states are from the float network's, in units of their last place. */
export interface Deviation {
  readonly largest: number;
  readonly mean: number;
  /** The mean over the last tenth of the steps. */
  readonly lateMean: number;
}

/** Compares `states` (int8, scale 1/128, step after step) with the float network, both rounded alike. */
export function deviation(states: Values | undefined, wanted: readonly (readonly number[])[]): Deviation {
  const errors = wanted.flatMap((row, step) =>
    row.map((value, unit) =>
      Math.abs(Number(states?.[step * row.length + unit]) - Math.min(127, value * 128)),
    ),
  );
  const mean = (list: readonly number[]) => list.reduce((sum, error) => sum + error, 0) / list.length;
  const rounded = wanted.flatMap((row, step) =>
    row.map((value, unit) =>
      Math.abs(Number(states?.[step * row.length + unit]) - Math.min(127, Math.round(value * 128))),
    ),
  );
  return {
    largest: rounded.reduce((most, error) => Math.max(most, error), 0),
    mean: mean(errors),
    lateMean: mean(errors.slice(-Math.ceil(errors.length / 10))),
  };
}

/** Steps over which no drift may show. */
const LONG = 1000;

/** What all recurrent operators have in common. */
export function testRecurrent(kind: RecurrentKind, descriptor: OperatorDescriptor): void {
  it("gives the reference's bytes from its kernels: types, directions, layouts, results, initial states", async () => {
    const kernels = await checkVariants(descriptor, (random) => randomRun(kind, random), { rounds: 60 });
    assert.deepEqual(kernels, new Set([`${kind}_s8`, `${kind}_s8_lanes`]));
  });

  for (const linearBeforeReset of kind === "gru" ? [false, true] : [false]) {
    const form = linearBeforeReset ? ", linear before reset" : "";
    it(`stays within 1 of the float network's int8 states for ${LONG} steps, 0.3 on average${form}`, () => {
      for (let seed = 1; seed <= 6; seed++) {
        const random = randomOf(seed);
        const shape = { units: random.int(4, 24), depth: random.int(2, 12), steps: LONG };
        const made = recurrentLayer(kind, random, { ...shape, linearBeforeReset });
        const { scales: [scale = 1] = [], zeroPoints: [zeroPoint = 0] = [] } =
          made.inputs[0]?.quantization ?? {};
        const x = Int8Array.from({ length: LONG * shape.depth }, () => random.int(-128, 127));
        const real = Array.from({ length: LONG }, (_, step) =>
          Array.from(x.slice(step * shape.depth, (step + 1) * shape.depth), (q) => (q - zeroPoint) * scale),
        );
        const inputs = made.inputs.map((entry, index) =>
          index === 0 ? x : entry?.data && valuesOf(entry.dtype, entry.data),
        );
        const [states] = descriptor.evaluate(made, inputs);
        const found = deviation(states, floatStates(kind, made, real));
        const text = `seed ${seed}: ${JSON.stringify(found)}`;
        assert.ok(found.largest <= 1 && found.mean <= 0.3 && found.lateMean <= 0.3, text);
      }
    });
  }

  // Sums are taken eight products at a time in builds with SIMD, so here are depths around 8 and 16, without it and with it.
  for (const target of [TARGETS.portable, TARGETS.node])
    it(`gives the reference's bytes at its extremes on ${target.name}`, async () => {
      for (const [units, depth, input] of [
        [7, 8, "int8"],
        [16, 17, "int16"],
        [9, 15, "int8"],
      ] as const) {
        const graph = recurrentGraph(kind, randomOf(units), { units, depth, input, steps: 2 });
        await assertGraphMatches(graph, { target });
        await assertGraphMatches(graph, { target, inputs: "extremes" });
      }
    });

  it("multiplies pairs of rows for interpreters, where inputs are integers and no sum can overflow", () => {
    const chosen = (options: Partial<RecurrentOptions>, fill?: number) => {
      const graph = recurrentGraph(kind, randomOf(1), { units: 16, depth: 8, steps: 2, ...options });
      const weights = graph.operators[0]?.inputs[2];
      const tensors = graph.tensors.map((entry, id) =>
        id === weights && fill !== undefined
          ? { ...entry, data: new Uint8Array(entry.data?.length ?? 0).fill(fill) }
          : entry,
      );
      const plan = makePlan({ ...graph, tensors }, { target: TARGETS.wasm3, inline: "all" });
      return plan.layers[0]?.kernel.name;
    };
    assert.equal(chosen({}), `${kind}_s8_lanes`);
    assert.equal(chosen({ input: "int16" }), `${kind}_s8_lanes`);
    assert.equal(chosen({ input: "float32" }), `${kind}_s8`);
    assert.equal(chosen({ units: 257 }, 127), `${kind}_s8_lanes`);
    assert.equal(chosen({ units: 258 }, 127), `${kind}_s8`);
  });

  it("refuses tensors that are not as they must be", () => {
    const good = recurrentLayer(kind, randomOf(1), { units: 3, depth: 2, steps: 4 });
    const refuse = (change: (inputs: (Tensor | undefined)[]) => void, sentence: RegExp, attributes = {}) => {
      const inputs = [...good.inputs];
      change(inputs);
      const bad = layer(kind, { ...(good.attributes as object), ...attributes }, inputs, good.outputs);
      assert.throws(
        () => descriptor.check(bad),
        (error: unknown) => error instanceof OperatorFault && sentence.test(error.sentence),
        `expected a refusal that matches ${sentence}`,
      );
    };
    const [x, w] = good.inputs;
    assert.ok(x && w);
    refuse((inputs) => (inputs[0] = { ...x, shape: [4, 2] }), /an input of 3 dimensions/);
    refuse((inputs) => (inputs[0] = { ...x, dtype: "uint8" }), /int8, int16 or float32 input/);
    refuse((inputs) => (inputs[1] = { ...w, shape: [2, 3] }), /constant int8 weights of/);
    refuse((inputs) => (inputs[1] = undefined), /constant int8 weights of/);
    refuse((inputs) => {
      inputs[1] = { ...w, quantization: { scales: [0.1], zeroPoints: [3], axis: 0 } };
    }, /zero points of 0/);
    refuse((inputs) => (inputs[3] = { ...x, dtype: "float32" }), /constant float32 biases/);
    refuse((inputs) => (inputs[4] = { ...x, shape: [9, 9] }), /an initial state of 1×3/);
    refuse(() => {}, /its results to be among/, { returns: [] });
    refuse(() => {}, /outputs of 1×3/, { returns: ["last"] });
    refuse((inputs) => {
      const nan = bytesOf(new Float32Array(good.inputs[3]?.shape[0] ?? 0).fill(Number.NaN));
      inputs[3] = { name: "b", shape: [nan.length / 4], dtype: "float32", data: nan };
    }, /finite biases/);
  });
}
