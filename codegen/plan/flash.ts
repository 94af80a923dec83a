/** Weights in flash: which constants stay in the module's bytes, a passive segment. */

import { elementCount } from "../graph/tensor.ts";
import type { ArenaLayout } from "./arena.ts";
import type { ArenaProblem } from "./arena_requests.ts";
import type { ConstantRequest } from "./constant_requests.ts";
import { placeConstants } from "./constants.ts";
import { type Buffer, bufferIn, type Copies, copiesOf, flashEnd, roomAt } from "./flash_buffers.ts";
import type { ConstantBlock } from "./plan.ts";
import type { ChosenLayer } from "./variants.ts";

/**
 * Bytes that may be copied for each value that a layer multiplies, reads or writes. A copied byte costs up to one instruction
 * of a processor, a value of an interpreter 10 and more.
 */
const BYTES_A_VALUE = 2;
/** A layer that does little may copy so much of the network's values instead: the table of a softmax over few classes. */
const SHARE_OF_NETWORK = 1 / 256;

export interface SplitConstants {
  /** In linear memory from the start. */
  readonly resident: readonly ConstantRequest[];
  /** In flash, by the layer that copies them. */
  readonly copies: ReadonlyMap<number, Copies>;
}

/** Values that a layer works on: multiply-accumulates, and elements of its activations. */
function valuesOf({ layer, macs }: ChosenLayer): number {
  return [...layer.inputs, ...layer.outputs].reduce(
    (sum, tensor) => sum + (tensor && !tensor.data ? elementCount(tensor.shape) : 0),
    macs,
  );
}

/**
 * Takes the constants of each layer out of memory, unless copying them in each inference costs more than it may, or they must
 * be there when no layer runs.
 */
export function splitConstants(
  requests: readonly ConstantRequest[],
  chosen: readonly ChosenLayer[],
): SplitConstants {
  const most = SHARE_OF_NETWORK * chosen.reduce((sum, layer) => sum + valuesOf(layer), 0);
  const lasting = new Set(requests.flatMap(({ key, layer }) => (layer === chosen.length ? [key] : [])));
  const copies = new Map<number, Copies>();
  chosen.forEach((choice, index) => {
    const own = requests.filter(({ key, layer }) => layer === index && !lasting.has(key));
    const bytes = own.reduce((sum, { constant }) => sum + constant.bytes.length, 0);
    if (bytes > 0 && bytes <= Math.max(most, BYTES_A_VALUE * valuesOf(choice)))
      copies.set(index, copiesOf(index, own, choice.variant.stream?.(choice.layer)));
  });
  const isCopied = (request: ConstantRequest) =>
    copies.get(request.layer)?.constants.includes(request) ?? false;
  return { resident: requests.filter((request) => !isCopied(request)), copies };
}

/** The segment that stays in flash, and where in the arena layers copy it to. */
export interface PlacedFlash {
  readonly blocks: readonly ConstantBlock[];
  /** Position in the segment of a constant by its key. */
  readonly addresses: ReadonlyMap<string, number>;
  /** By layer. */
  readonly buffers: ReadonlyMap<number, Buffer>;
}

/** Lays out the segment, and gives each layer's buffer the room that the arena leaves. */
export function placeFlash(
  copies: ReadonlyMap<number, Copies>,
  { requests, requestOfBuffer }: ArenaProblem,
  layout: ArenaLayout,
): PlacedFlash {
  const all = [...copies.values()].flatMap(({ constants }) => constants);
  const { blocks, addresses, end } = placeConstants(all, 0, true);
  const buffers = new Map<number, Buffer>();
  let read = end;
  for (const [index, each] of copies) {
    const buffer = bufferIn(each, roomAt(requests, layout, requestOfBuffer.get(index) ?? -1));
    buffers.set(index, buffer);
    read = Math.max(read, flashEnd(each, buffer, addresses));
  }
  const beyond = { address: end, bytes: new Uint8Array(read - end), role: "weights", layers: [] } as const;
  return {
    blocks: read > end ? [...blocks, { name: "beyond the last piece", ...beyond }] : blocks,
    addresses,
    buffers,
  };
}
