/** The operators that Mote knows, a line each. */

import { averagePool2d } from "./average_pool_2d.ts";
import { concatenation } from "./concatenation.ts";
import { conv2d } from "./conv_2d.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import type { OperatorDescriptor } from "./descriptor.ts";
import { fullyConnected } from "./fully_connected.ts";
import { maxPool2d } from "./max_pool_2d.ts";
import { mean } from "./mean.ts";
import { pad } from "./pad.ts";
import { reshape } from "./reshape.ts";
import { softmax } from "./softmax.ts";
import { split } from "./split.ts";
import { stridedSlice } from "./strided_slice.ts";

export const OPERATORS: readonly OperatorDescriptor[] = [
  averagePool2d,
  concatenation,
  conv2d,
  depthwiseConv2d,
  fullyConnected,
  maxPool2d,
  mean,
  pad,
  reshape,
  softmax,
  split,
  stridedSlice,
];

const byKind = new Map(OPERATORS.map((descriptor) => [descriptor.kind, descriptor]));

/** The descriptor of a graph's operator. Throws a `RangeError` on a kind that no import can make: a bug of ours. */
export function descriptorOf(operator: { readonly kind: string }): OperatorDescriptor {
  const descriptor = byKind.get(operator.kind);
  if (!descriptor) throw new RangeError(`no descriptor of kind ${operator.kind}`);
  return descriptor;
}
