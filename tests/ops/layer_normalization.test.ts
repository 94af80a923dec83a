import { strict as assert } from "node:assert";
import { OperatorFault } from "../../codegen/error.ts";
import { bytesOf, type Tensor } from "../../codegen/graph/tensor.ts";
import { layerNormalization } from "../../codegen/ops/layer_normalization.ts";
import { tensor } from "./file_operator.ts";
import { type Random, randomOf } from "./random_values.ts";
import { checkVariants, layer } from "./variant_harness.ts";

function floats(values: readonly number[]): Tensor {
  return {
    name: "parameters",
    shape: [values.length],
    dtype: "float32",
    data: bytesOf(Float32Array.from(values)),
  };
}

interface Normalization {
  readonly shape: readonly number[];
  readonly scale: readonly number[];
  readonly bias?: readonly number[];
  readonly epsilon?: number;
  readonly input?: Tensor;
  readonly output?: Tensor;
}

function normalization({ shape, scale, bias, epsilon = 1e-5, input, output }: Normalization) {
  return layer(
    "layer_normalization",
    { epsilon },
    [input ?? tensor(shape, 0.1, 3), floats(scale), ...(bias ? [floats(bias)] : [])],
    [output ?? tensor(shape, 0.02, -5)],
  );
}

function evaluated(entry: Normalization, values: readonly number[]): number[] {
  return Array.from(
    layerNormalization.evaluate(normalization(entry), [Int8Array.from(values)])[0] as Int8Array,
  );
}

const list = (count: number, make: () => number) => Array.from({ length: count }, make);

/** What the float computation gives, in steps of the output, before it is rounded. */
function real({ shape, scale, bias, epsilon = 1e-5 }: Normalization, values: readonly number[]): number[] {
  const depth = shape.at(-1) ?? 1;
  return values.map((_, at) => {
    const start = at - (at % depth);
    const row = values.slice(start, start + depth).map((value) => Math.fround(0.1) * (value - 3));
    const mean = row.reduce((sum, value) => sum + value, 0) / depth;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / depth;
    const normal = ((row[at - start] ?? 0) - mean) / Math.sqrt(variance + epsilon);
    return (normal * (scale[at - start] ?? 0) + (bias?.[at - start] ?? 0)) / 0.02 - 5;
  });
}

describe("layer_normalization", () => {
  it("gives what can be worked out by hand", () => {
    // Values ±1 around their mean: variance 1 in steps of the input; a row of equal values is its bias.
    const entry = { shape: [2, 4], scale: [1, 1, 2, 0], bias: [0, 0.5, 0, 1], epsilon: 0 };
    const values = [4, 2, 4, 2, 100, 100, 100, 100];
    assert.deepEqual(evaluated(entry, values), [45, -30, 95, 45, -5, 20, -5, 45]);
    const [single] = evaluated({ shape: [1], scale: [3], bias: [0.1] }, [77]);
    assert.equal(single, 0);
  });

  it("is the float computation, rounded once, wherever that does not lie near a half", () => {
    const random = randomOf(5);
    let all = 0;
    let near = 0;
    for (let n = 0; n < 60; n++) {
      const depth = random.pick([2, 3, 7, 14, 64, 333]);
      const scale = list(depth, () => 2 * random.real() - 0.5);
      const entry = {
        shape: [3, depth],
        scale,
        bias: list(depth, () => random.real() - 0.5),
        epsilon: random.pick([1e-5, 1e-12, 1]),
      };
      const spread = random.pick([1, 10, 127]);
      const values = list(3 * depth, () => random.int(-spread, spread));
      const found = evaluated(entry, values);
      const float32 = entry.scale.map(Math.fround);
      real({ ...entry, scale: float32, bias: entry.bias.map(Math.fround) }, values).forEach(
        (wanted, index) => {
          const distance = Math.abs(wanted - Math.floor(wanted) - 0.5);
          const clamped = Math.min(127, Math.max(-128, Math.floor(wanted + 0.5)));
          all += 1;
          if (distance < 1e-4) near += 1;
          else assert.equal(found[index], clamped, `${wanted}`);
        },
      );
    }
    assert.ok(all > 5000 && near < all / 1000, `${near} of ${all} are near a half`);
  });

  it("has a kernel that gives the reference's bytes", async () => {
    const draw = (random: Random) => {
      const depth = random.pick([1, 2, 5, 16, 100]);
      const shape = random.pick([[depth], [2, depth], [2, 3, depth]]);
      const size = random.pick([1e-3, 1, 1e3]);
      const entry: Normalization = {
        shape,
        scale: list(depth, () => size * (random.real() - 0.5)),
        ...(random.real() < 0.7
          ? { bias: list(depth, () => random.pick([0.1, 100]) * (random.real() - 0.5)) }
          : {}),
        epsilon: random.pick([0, 1e-5, 1]),
        input: tensor(shape, random.pick([1e-4, 0.1, 3]), random.int(-128, 127)),
      };
      const inputs = [
        Int8Array.from(
          list(
            shape.reduce((a, b) => a * b, 1),
            () => random.pick([-128, 127, 0, random.int(-128, 127)]),
          ),
        ),
      ];
      return { layer: normalization(entry), inputs };
    };
    assert.deepEqual(
      await checkVariants(layerNormalization, draw, { rounds: 60, seed: 6 }),
      new Set(["layer_normalization_s8"]),
    );
    // The largest sums: a row of 32,768 values, half of them at each end.
    const largest = { shape: [32768], scale: list(32768, () => 1) };
    const ends = Int8Array.from({ length: 32768 }, (_, index) => (index % 2 ? 127 : -128));
    await checkVariants(layerNormalization, () => ({ layer: normalization(largest), inputs: [ends] }), {
      rounds: 1,
      seed: 7,
    });
  });

  it("refuses other types and shapes, computed parameters and numbers that lead out of range", () => {
    const entry = { shape: [1, 4], scale: [1, 1, 1, 1] };
    const refused = (change: Partial<Normalization>, sentence: RegExp) =>
      assert.throws(
        () => layerNormalization.check(normalization({ ...entry, ...change })),
        (error: unknown) => error instanceof OperatorFault && sentence.test(error.sentence),
      );
    layerNormalization.check(normalization(entry));
    refused({ input: tensor([1, 4], 0.1, 0, "int16") }, /found int16 and int8/);
    refused({ output: tensor([4], 0.1, 0) }, /an output of 1×4, found 4/);
    refused({ shape: [32769], scale: [1] }, /at most 32768 values in the last dimension, found 32769/);
    refused({ scale: [1, 1] }, /constant float32 scale of 4 values, found float32 2/);
    refused({ bias: [1] }, /constant float32 bias of 4 values/);
    refused({ scale: [1, Number.NaN, 1, 1] }, /finite scale/);
    refused({ epsilon: -1 }, /an epsilon from 0/);
    refused({ scale: [1, 1e8, 1, 1] }, /results below 2\^30 steps/);
    const { operator, outputs } = normalization(entry);
    assert.throws(
      () => layerNormalization.check({ operator, attributes: {}, inputs: [tensor([4])], outputs }),
      /expects an input, a scale/,
    );
  });
});
