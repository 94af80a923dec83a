import { strict as assert } from "node:assert";
import { fixedFactor, requantize, requantizeOnce } from "../../codegen/graph/fixed_point.ts";
import {
  type Channel,
  type FloatRequantization,
  floatRequantization,
  type ResultRange,
  requantizeByFloat,
} from "../../codegen/ops/families/float_requantize.ts";
import { randomOf } from "../ops/random_values.ts";
import { kernelModule } from "./kernel_module.ts";

const RANGES: readonly ResultRange[] = [
  { min: 0, max: 255 },
  { min: 0, max: 127 },
  { min: -128, max: 127 },
  { min: -100, max: 155 },
];

function channelOf(factor: number, bound: number, exact = requantize): Channel {
  const fixed = fixedFactor(factor);
  return { factor: fixed, exact: (accumulator) => exact(accumulator, fixed), bound };
}

/** Accumulators that tell most: all where they are few, else the ends, the places around each step, and random ones. */
function accumulatorsOf(
  { factor: { multiplier, shift }, bound }: Channel,
  { min, max }: ResultRange,
): number[] {
  if (bound < 5000) return Array.from({ length: 2 * bound + 1 }, (_, index) => index - bound);
  const random = randomOf(bound);
  const real = multiplier * 2 ** (shift - 31);
  const around = Array.from({ length: max - min }, (_, index) => Math.round((min + index + 0.5) / real));
  return [-bound, bound, 0, 1, -1, ...around.flatMap((at) => [-2, -1, 0, 1, 2].map((d) => at + d))]
    .concat(Array.from({ length: 500 }, () => random.int(-bound, bound)))
    .filter((accumulator) => Math.abs(accumulator) <= bound);
}

const clamp = (value: number, { min, max }: ResultRange) => Math.min(Math.max(value, min), max);

/** How many of the channels were found to do with floats; each is then compared with the integers. */
function compare(channels: readonly Channel[], range: ResultRange): number {
  let count = 0;
  for (const channel of channels) {
    const found = floatRequantization([channel], range);
    const [factor] = found?.factors ?? [];
    if (!found || !factor) continue;
    count += 1;
    for (const accumulator of accumulatorsOf(channel, range)) {
      const result: number = requantizeByFloat(accumulator, factor, found.signed) + found.base;
      const expected = clamp(channel.exact(accumulator), range);
      assert.equal(
        clamp(result, range),
        expected,
        `${accumulator} of ${JSON.stringify({ channel, factor })}`,
      );
    }
  }
  return count;
}

/** The bits of float32 values. */
const wordsOf = (values: readonly number[]) => new Int32Array(Float32Array.from(values).buffer);

describe("requantization by float32", () => {
  const random = randomOf(61);
  const factors = Array.from(
    { length: 30 },
    () => 2 ** -(1 + random.int(0, 100) / 10) * (1 + random.int(0, 999) / 1000),
  );

  for (const range of RANGES)
    it(`gives the integers' results from ${range.min} to ${range.max}, for nearly all channels`, () => {
      const channels = factors.map((factor) => channelOf(factor, Math.round(random.int(100, 2000) / factor)));
      assert.ok(compare(channels, range) > 22);
    });

  it("gives the results of sums that are rounded once", () => {
    const channels = factors.map((factor) => channelOf(factor, Math.round(400 / factor), requantizeOnce));
    for (const range of RANGES) assert.ok(compare(channels, range) > 20);
  });

  it("gives a factor of 0 its zeros, and a channel that can't reach a step none", () => {
    const zero = channelOf(0, 1000);
    const small = channelOf(0.001, 20);
    for (const range of RANGES) assert.equal(compare([zero, small], range), 2);
  });

  it("does without where sums could leave what a float rounds", () => {
    assert.equal(floatRequantization([channelOf(0.9, 2 ** 22)], { min: -128, max: 127 }), undefined);
    assert.equal(floatRequantization([channelOf(0.0001, 2 ** 31)], { min: -128, max: 127 }), undefined);
  });

  it("is what requantize_lanes computes", async () => {
    const module = await kernelModule();
    const [values, parameters, output] = [4, 12, 4].map((words) => module.place(new Int32Array(words)));
    assert.ok(values && parameters && output);
    for (const range of RANGES) {
      const channels = factors.slice(0, 4).map((factor) => channelOf(factor, Math.round(300 / factor)));
      const found: FloatRequantization | undefined = floatRequantization(channels, range);
      assert.ok(found);
      module.write(parameters + 16, wordsOf(found.factors.map(({ scale }) => scale)));
      module.write(parameters + 32, wordsOf(found.factors.map(({ offset }) => offset)));
      for (let round = 0; round < 200; round++) {
        const accumulators = channels.map(({ bound }) => random.int(-bound, bound));
        const shifted = accumulators.map((value, lane) => value + (found.factors[lane]?.shift ?? 0));
        module.write(values, Int32Array.from(shifted));
        module.kernel("requantize_lanes_at")(output, values, parameters, found.signed ? 33 : 32);
        const expected = accumulators.map((value, lane) => channels[lane]?.exact(value) ?? 0);
        const results: number[] = [...module.int32At(output, 4)].map((value) =>
          clamp(value + found.base, range),
        );
        assert.deepEqual(
          results,
          expected.map((value) => clamp(value, range)),
        );
      }
    }
  });
});
