import { strict as assert } from "node:assert";
import { randomOf } from "../ops/random_values.ts";
import { type KernelModule, kernelModule } from "./kernel_module.ts";

const [HEIGHT, CHANNELS, FILTERS] = [4, 3, 10] as const;
const DEPTH = 9 * CHANNELS;
const [EXPONENT, ZERO_POINT] = [6, -4] as const;

/** A 3×3 convolution over a map with one pixel of padding all around; but for its width. */
const GEOMETRY = {
  height: HEIGHT,
  channels: CHANNELS,
  out_height: HEIGHT,
  filters: FILTERS,
  groups: 1,
  batches: 1,
  kernel_height: 3,
  kernel_width: 3,
  stride_height: 1,
  stride_width: 1,
  dilation_height: 1,
  dilation_width: 1,
  pad_top: 1,
  pad_left: 1,
  input_zero_point: ZERO_POINT,
  output_zero_point: 5,
  activation_min: -90,
  activation_max: 100,
  direct: 0,
};

/** Values as the SIMD128 kernel wants them: eight filters a tile, in pairs of values, padded with zeros. */
function lanePairs(weights: Int8Array): Int8Array {
  const padded = Math.ceil(DEPTH / 2) * 2;
  const packed = new Int8Array(Math.ceil(FILTERS / 8) * 8 * padded);
  weights.forEach((weight, at) => {
    const filter = Math.floor(at / DEPTH);
    const k = at % DEPTH;
    const tile = Math.floor(filter / 8) * 8 * padded;
    packed[tile + Math.floor(k / 2) * 16 + (filter % 8) * 2 + (k % 2)] = weight;
  });
  return packed;
}

describe("convolution kernels on arrays", () => {
  let module: KernelModule;
  before(async () => {
    module = await kernelModule();
  });

  for (const width of [5, 8])
    it(`conv_2d_s8 and conv_2d_s8_simd128 give the sums of plain loops, ${width} pixels wide`, () => {
      const random = randomOf(22);
      const bytes = (count: number) => Int8Array.from({ length: count }, () => random.int(-128, 127));
      const input = bytes(HEIGHT * width * CHANNELS);
      const weights = bytes(FILTERS * DEPTH);
      const bias = Int32Array.from({ length: FILTERS }, () => random.int(-9999, 9999));
      // A multiplier of 2^30 and a right shift of 6 divide by 128.
      const multiplier = 2 ** 30;
      const expected: number[] = [];
      for (let y = 0; y < HEIGHT; y++) {
        for (let x = 0; x < width; x++) {
          for (let filter = 0; filter < FILTERS; filter++) {
            let sum = bias[filter] ?? 0;
            for (let k = 0; k < DEPTH; k++) {
              const row = y + Math.floor(k / (3 * CHANNELS)) - 1;
              const column = x + (Math.floor(k / CHANNELS) % 3) - 1;
              const inside = row >= 0 && row < HEIGHT && column >= 0 && column < width;
              const value = inside ? input[(row * width + column) * CHANNELS + (k % CHANNELS)] : ZERO_POINT;
              sum += (value ?? 0) * (weights[filter * DEPTH + k] ?? 0);
            }
            const halved = Math.floor((sum + 1) / 2);
            const rounded = Math.floor((halved + 32 + (halved < 0 ? -1 : 0)) / 64);
            expected.push(Math.min(100, Math.max(-90, rounded + 5)));
          }
        }
      }

      const size = HEIGHT * width * FILTERS;
      const common = {
        ...GEOMETRY,
        width,
        out_width: width,
        input: module.place(input),
        output: module.place(new Int8Array(size)),
        patch: module.place(new Int8Array(4 * 2 * 28 + 16)),
      };
      module.run("conv_2d_s8", {
        ...common,
        weights: module.place(weights),
        channel_parameters: module.place(bias),
        multiplier,
        exponent: EXPONENT,
        right_only: 1,
        tiled: 0,
      });
      assert.deepEqual([...module.int8At(common.output, size)], expected);

      const lanes = new Int32Array(16 * 3);
      for (let filter = 0; filter < 16; filter++) {
        const tile = Math.floor(filter / 4) * 12 + (filter % 4);
        lanes[tile] = bias[filter] ?? 0;
        lanes[tile + 4] = multiplier;
        lanes[tile + 8] = 2 ** (31 - EXPONENT);
      }
      module.write(common.output, new Int8Array(size));
      module.run("conv_2d_s8_simd128", {
        ...common,
        weights: module.place(lanePairs(weights)),
        channel_parameters: module.place(lanes),
        uniform_exponent: 0,
      });
      assert.deepEqual([...module.int8At(common.output, size)], expected);
    });
});
