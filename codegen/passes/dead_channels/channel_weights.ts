/** What a filter does with each of its input channels, and its bias without some of them. */

import type { Layer } from "../../graph/graph.ts";
import { zeroPointOf } from "../../ops/families/activation.ts";
import { biasOf, weightsOf } from "../../ops/families/convolution.ts";
import { hasWideSums } from "../../ops/families/wide_sums.ts";
import { channelsOf } from "./channels.ts";

/** Value of each channel that holds one; `undefined` where it depends on the network's input. */
export type ChannelValues = readonly (number | undefined)[];

/** The weights of a `filters` layer, summed over the window; index: filter · channels + input channel. */
export interface ChannelWeights {
  readonly channels: number;
  readonly filters: number;
  readonly sums: Int32Array;
  /** 1 where any of the weights is not zero. */
  readonly used: Uint8Array;
}

export function channelWeights(layer: Layer): ChannelWeights {
  const [input, filter] = layer.inputs;
  const channels = channelsOf(input);
  const filters = filter?.shape[0] ?? 0;
  const weights = weightsOf(filter);
  const run = weights.length / filters;
  const sums = new Int32Array(filters * channels);
  const used = new Uint8Array(filters * channels);
  for (let index = 0; index < filters; index++) {
    for (let column = 0; column < run; column++) {
      const weight = weights[index * run + column] ?? 0;
      const at = index * channels + (column % channels);
      sums[at] = (sums[at] ?? 0) + weight;
      if (weight !== 0) used[at] = 1;
    }
  }
  return { channels, filters, sums, used };
}

/**
 * The biases of the `kept` filters with the contributions of the dropped input channels, which hold `values`, in them;
 * `undefined` where one leaves the type of the layer's biases.
 */
export function biasWithout(
  layer: Layer,
  { channels, filters, sums }: ChannelWeights,
  kept: readonly number[],
  dropped: ReadonlySet<number>,
  values: ChannelValues,
): Int32Array | BigInt64Array | undefined {
  const [input, , bias] = layer.inputs;
  const zeroPoint = input ? zeroPointOf(input) : 0;
  const biases = biasOf(bias, filters);
  const folded = kept.map((index) => {
    let sum = biases[index] ?? 0;
    for (const channel of dropped) {
      sum += (sums[index * channels + channel] ?? 0) * ((values[channel] ?? zeroPoint) - zeroPoint);
    }
    return sum;
  });
  // With what its weights still add, an int64 sum stays within the bound that it was checked for.
  if (hasWideSums(layer)) return BigInt64Array.from(folded, BigInt);
  return folded.every((sum) => sum >= -(2 ** 31) && sum < 2 ** 31) ? Int32Array.from(folded) : undefined;
}
