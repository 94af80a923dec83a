/** The reference of every convolution: the sum over the window, then the double-rounding requantization. */

import { clamp, type FixedFactor, requantize } from "../../graph/fixed_point.ts";
import type { Values } from "../../graph/tensor.ts";
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
  readonly factors: readonly FixedFactor[];
  readonly inputZeroPoint: number;
  readonly outputZeroPoint: number;
  readonly range: { readonly min: number; readonly max: number };
}

/** int8 NHWC in and out. The window's cells outside the input add nothing. */
export function convolve(
  r: ReferenceConvolution,
  input: Values,
  weights: Values,
  bias: Values | undefined,
): Int8Array {
  const { batches, height, width, channels, outHeight, outWidth, kernelHeight, kernelWidth } = r.geometry;
  const output = new Int8Array(batches * outHeight * outWidth * r.filters);
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
          const factor = r.factors[filter] ?? { multiplier: 0, shift: 0 };
          output[at++] = clamp(requantize(sum | 0, factor) + r.outputZeroPoint, r.range.min, r.range.max);
        }
      }
    }
  }
  return output;
}
