/** The operators that Mote knows, a line each. */

import { conv2d } from "./conv_2d.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import type { OperatorDescriptor } from "./descriptor.ts";
import { fullyConnected } from "./fully_connected.ts";

export const OPERATORS: readonly OperatorDescriptor[] = [conv2d, depthwiseConv2d, fullyConnected];

const byKind = new Map(OPERATORS.map((descriptor) => [descriptor.kind, descriptor]));

/** The descriptor of a graph's operator. Throws a `RangeError` on a kind that no import can make: a bug of ours. */
export function descriptorOf(operator: { readonly kind: string }): OperatorDescriptor {
  const descriptor = byKind.get(operator.kind);
  if (!descriptor) throw new RangeError(`no descriptor of kind ${operator.kind}`);
  return descriptor;
}
