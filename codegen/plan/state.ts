/** Where a network's state lies, and where its initial values come from: a fill where all bytes are one, else a constant. */

import { type Graph, tensorAt } from "../graph/graph.ts";
import type { TensorId } from "../graph/tensor.ts";
import type { StateBlock } from "./plan.ts";

/** The byte that an initial value consists of; `undefined` where it has several. */
function fillOf(initial: Uint8Array): number | undefined {
  const [first = 0] = initial;
  return initial.every((byte) => byte === first) ? first : undefined;
}

const keyOf = (id: TensorId) => `initial ${id}`;

/** The initial values that need a constant of their own, and the key that `stateBlocks` looks it up by. */
export function copiedStates(
  graph: Graph,
  states: readonly TensorId[],
): readonly { readonly key: string; readonly name: string; readonly bytes: Uint8Array }[] {
  return states.flatMap((id) => {
    const { name, state } = tensorAt(graph, id);
    if (!state || fillOf(state.initial) !== undefined) return [];
    return [{ key: keyOf(id), name: `initial ${name}`, bytes: state.initial }];
  });
}

/** The state tensors by address. */
export function stateBlocks(
  graph: Graph,
  states: readonly TensorId[],
  addressOfTensor: (id: TensorId) => number,
  addressOfConstant: (key: string) => number,
): StateBlock[] {
  const blocks = states.flatMap((id): StateBlock[] => {
    const { name, state } = tensorAt(graph, id);
    if (!state) return [];
    const place = { name, address: addressOfTensor(id), bytes: state.initial.length };
    const fill = fillOf(state.initial);
    return [fill === undefined ? { ...place, copyOf: addressOfConstant(keyOf(id)) } : { ...place, fill }];
  });
  return blocks.sort((a, b) => a.address - b.address);
}
