import { strict as assert } from "node:assert";
import { elementCount } from "../../codegen/graph/tensor.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { biasOf, filterOf } from "../ops/convolutions.ts";
import { type FileOperatorCase, graphOf, tensor } from "../ops/file_operator.ts";
import { extremeValues, randomOf } from "../ops/random_values.ts";
import { checkCases } from "../ops/variant_harness.ts";

const STEPS = { padding: 1, strideHeight: 1, strideWidth: 1 };

interface Choice {
  readonly pixels: readonly [height: number, width: number];
  readonly channels: number;
  readonly filters: number;
  readonly weight: (index: number) => number;
  /** Output scale; input and filter have 1. */
  readonly scale: number;
  readonly activation?: number;
  readonly outputZeroPoint?: number;
}

/** A 1×1 convolution, or a fully connected layer of one row where there is one pixel. */
function pointwise(choice: Choice): FileOperatorCase {
  const { pixels, channels, filters, weight, scale, activation = 0, outputZeroPoint = 0 } = choice;
  const dense = pixels[0] * pixels[1] === 1;
  const weights = Int8Array.from({ length: filters * channels }, (_, index) => weight(index));
  const shape = (last: number) => (dense ? [1, last] : [1, ...pixels, last]);
  return {
    spelling: dense ? "FULLY_CONNECTED" : "CONV_2D",
    inputs: [
      tensor(shape(channels), 1, 0),
      filterOf(dense ? [filters, channels] : [filters, 1, 1, channels], weights, [1]),
      biasOf(Array.from({ length: filters }, (_, index) => 100 * index - 300)),
    ],
    outputs: [tensor(shape(filters), scale, outputZeroPoint)],
    options: dense ? { activation } : { ...STEPS, activation },
  };
}

/** A literal argument of the only kernel call of a layer on wasm3. */
function argumentOf(entry: FileOperatorCase, name: string): number | undefined {
  const [layer] = makePlan(graphOf([entry]), { target: TARGETS.wasm3, inline: "all" }).layers;
  return layer?.calls[0]?.find((argument) => argument.name === name)?.value;
}

/** All inputs at once: pixel p holds p − 128 in each of its four channels. */
function everyValue({ shape }: { readonly shape: readonly number[] }): Int8Array {
  return Int8Array.from({ length: elementCount(shape) }, (_, index) => (index >> 2) - 128);
}

describe("kernels for interpreters", () => {
  it("add up parts of the depth where all of it would overflow a lane", async () => {
    for (const [weight, channels, parts] of [
      [-128, 60, 1],
      [-128, 64, 2],
      [127, 64, 1],
      [127, 68, 2],
      [-128, 240, 4],
      [16, 512, 1],
      [16, 513, 2],
    ] as const) {
      const entry = pointwise({ pixels: [1, 4], channels, filters: 5, weight: () => weight, scale: 20000 });
      assert.equal(argumentOf(entry, "parts"), parts, `${channels} weights of ${weight}`);
      const kernels = await checkCases([entry], { contents: extremeValues });
      assert.ok(kernels.has("conv_2d_s8_lanes"));
    }
  });

  it("give one sum of the largest products", async () => {
    const choice = { channels: 64, filters: 4, weight: () => -128, scale: 5000 } as const;
    for (const pixels of [
      [1, 3],
      [1, 1],
    ] as const) {
      const entry = pointwise({ ...choice, pixels });
      for (const value of [-128, 127]) {
        const contents = ({ shape }: { readonly shape: readonly number[] }) =>
          new Int8Array(elementCount(shape)).fill(value);
        await checkCases([entry], { contents });
      }
    }
  });

  it("round ties of negative sums as two roundings do, and one", async () => {
    for (const scale of [4, 8, 64]) {
      for (const [activation, outputZeroPoint] of [
        [0, 0],
        [0, -100],
        [1, 0],
        [1, -128],
        [1, 20],
        [3, -3],
      ] as const) {
        const sizes = { pixels: [16, 16], channels: 4, filters: 6 } as const;
        const weight = (index: number) => (index % 4 ? 0 : ([1, -1, 2, 3, -64, 127][index / 4] ?? 0));
        const entry = pointwise({ ...sizes, weight, scale, activation, outputZeroPoint });
        const kernels = await checkCases([entry], { contents: everyValue });
        assert.ok(kernels.has("conv_2d_s8_lanes"));
        const twoSided = activation === 0 || outputZeroPoint < -128;
        assert.equal(argumentOf(entry, "two_sided"), Number(twoSided), `${activation} ${outputZeroPoint}`);
      }
    }
  });

  it("hold nearly all weights of a fully connected layer in 7 bits, and correct the others", async () => {
    const random = randomOf(3);
    for (const [depth, filters] of [
      [127, 23],
      [640, 11],
      [129, 12],
      [29, 82],
    ] as const) {
      for (const style of ["outliers", "least", "most"]) {
        const weight = () =>
          style === "least"
            ? -64
            : style === "most"
              ? 63
              : random.real() < 0.01
                ? random.pick([-128, 127, 64, -65])
                : random.int(-64, 63);
        const entry = pointwise({ pixels: [1, 1], channels: depth, filters, weight, scale: 700 });
        for (const contents of [undefined, extremeValues]) {
          const kernels = await checkCases([entry], contents ? { contents } : {});
          assert.ok(kernels.has("fully_connected_s8_lanes"), `${depth} ${filters} ${style}`);
        }
      }
    }
  });

  it("leave layers to the scalar kernel whose scales, biases or weights do not fit", () => {
    const kernelOf = (entry: FileOperatorCase) =>
      makePlan(graphOf([entry]), { target: TARGETS.wasm3, inline: "all" }).layers[0]?.kernel.name;
    const choice = { pixels: [4, 4], channels: 8, filters: 8, weight: () => 3, scale: 50 } as const;
    assert.equal(kernelOf(pointwise(choice)), "conv_2d_s8_lanes");
    assert.equal(kernelOf(pointwise({ ...choice, scale: 0.5 })), "conv_2d_s8", "shifts to the left");
    assert.equal(kernelOf(pointwise({ ...choice, scale: 2 ** 25 })), "conv_2d_s8", "shifts too far");
    const [input = tensor([]), filter = tensor([])] = pointwise(choice).inputs;
    const bias = biasOf(new Array<number>(8).fill(2 ** 31 - 2 ** 20));
    assert.equal(kernelOf({ ...pointwise(choice), inputs: [input, filter, bias] }), "conv_2d_s8");
    const dense = { pixels: [1, 1], channels: 90, filters: 60, scale: 700 } as const;
    assert.equal(kernelOf(pointwise({ ...dense, weight: () => 63 })), "fully_connected_s8_lanes");
    const wide = pointwise({ ...dense, weight: (index) => (index % 2 ? 127 : -127) });
    assert.notEqual(kernelOf(wide), "fully_connected_s8_lanes");
  });
});
