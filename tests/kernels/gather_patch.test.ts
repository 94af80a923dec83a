import { strict as assert } from "node:assert";
import { randomOf } from "../ops/random_values.ts";
import { type KernelModule, kernelModule } from "./kernel_module.ts";

/** Bytes around the patch that must stay as they are. */
const FENCE = 40;

describe("gather_patch", () => {
  let module: KernelModule;
  before(async () => {
    module = await kernelModule();
  });

  it("copies any window, also one that lies beside the input, and writes nothing beyond the patch", () => {
    const random = randomOf(23);
    for (let round = 0; round < 400; round++) {
      const [height, width, groupChannels] = [random.int(1, 5), random.int(1, 5), random.int(1, 9)];
      const channels = groupChannels * random.pick([1, 1, 2]);
      const [kernelHeight, kernelWidth] = [random.int(1, 4), random.int(1, 4)];
      const [dilationHeight, dilationWidth] = [random.int(1, 2), random.pick([1, 1, 2])];
      const [top, left] = [random.int(-7, 6), random.int(-7, 6)];
      const zeroPoint = random.int(-128, 127);
      const input = Int8Array.from({ length: height * width * channels }, () => random.int(-128, 127));

      const expected: number[] = [];
      for (let ky = 0; ky < kernelHeight; ky++) {
        for (let kx = 0; kx < kernelWidth; kx++) {
          for (let channel = 0; channel < groupChannels; channel++) {
            const [y, x] = [top + ky * dilationHeight, left + kx * dilationWidth];
            const inside = y >= 0 && y < height && x >= 0 && x < width;
            expected.push((inside ? input[(y * width + x) * channels + channel] : undefined) ?? zeroPoint);
          }
        }
      }
      const fence = Array<number>(FENCE).fill(77);
      const around = module.place(new Int8Array(expected.length + 2 * FENCE).fill(77));
      const shape = { height, width, channels, group_channels: groupChannels, top, left };
      const kernel = {
        kernel_height: kernelHeight,
        kernel_width: kernelWidth,
        dilation_height: dilationHeight,
        dilation_width: dilationWidth,
        zero_point: zeroPoint,
      };
      module.run("gather_patch", {
        patch: around + FENCE,
        input: module.place(input),
        ...shape,
        ...kernel,
      });
      assert.deepEqual(
        [...module.int8At(around, expected.length + 2 * FENCE)],
        [...fence, ...expected, ...fence],
        JSON.stringify({ ...shape, ...kernel }),
      );
    }
  });
});
