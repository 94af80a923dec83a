/** The reference of every convolution: the sum over the window, then its scaling. */

import { clamp } from "../../graph/fixed_point.ts";
import type { DType, Values } from "../../graph/tensor.ts";
import type { ConvolutionAttributes, WindowGeometry } from "./convolution.ts";

export interface ReferenceConvolution {
  readonly geometry: WindowGeometry;
  readonly window: Omit<ConvolutionAttributes, "activation">;
  readonly filters: number;
  /** How many input channels a filter reads, and which is the first. */
  readonly depth: number;
  readonly firstChannel: (filter: number) => number;
  /** Index of a weight in the filter tensor. */
  readonly weightIndex: (filter: number, ky: number, kx: number, channel: number) => number;
  /** Makes an output of a filter's sum, but for zero point and range (`scalingOf`). */
  readonly scale: (sum: number, filter: number) => number;
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
  readonly outputType: DType;
  readonly range: { readonly min: number; readonly max: number };
}

/** NHWC in and out, int8 or int16. The window's cells outside the input add nothing. */
export function convolve(
  r: ReferenceConvolution,
  input: Values,
  weights: Values,
  bias: Values | undefined,
): Int8Array | Int16Array {
  const { batches, height, width, channels, outHeight, outWidth, kernelHeight, kernelWidth } = r.geometry;
  const count = batches * outHeight * outWidth * r.filters;
  const output = r.outputType === "int16" ? new Int16Array(count) : new Int8Array(count);
  let at = 0;
  for (let batch = 0; batch < batches; batch++) {
    for (let outY = 0; outY < outHeight; outY++) {
      for (let outX = 0; outX < outWidth; outX++) {
        for (let filter = 0; filter < r.filters; filter++) {
          let sum = Number(bias?.[filter] ?? 0);
          for (let ky = 0; ky < kernelHeight; ky++) {
            const y = outY * r.window.strideHeight - r.window.padTop + ky * r.window.dilationHeight;
            if (y < 0 || y >= height) continue;
            for (let kx = 0; kx < kernelWidth; kx++) {
              const x = outX * r.window.strideWidth - r.window.padLeft + kx * r.window.dilationWidth;
              if (x < 0 || x >= width) continue;
              const pixel = ((batch * height + y) * width + x) * channels + r.firstChannel(filter);
              for (let channel = 0; channel < r.depth; channel++) {
                const weight = Number(weights[r.weightIndex(filter, ky, kx, channel)]);
                sum += (Number(input[pixel + channel]) - r.inputZeroPoint) * weight;
              }
            }
          }
          output[at++] = clamp(r.scale(sum, filter) + r.outputZeroPoint, r.range.min, r.range.max);
        }
      }
    }
  }
  return output;
}
