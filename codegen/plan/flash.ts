/**
 * Weights in flash: which constants stay in the module's bytes, a passive segment, and the buffers of the arena into which
 * layers copy them before they run.
 */

import { alignUp } from "../graph/align.ts";
import { elementCount } from "../graph/tensor.ts";
import type { ConstantRequest } from "./constant_requests.ts";
import type { PlacedConstants } from "./constants.ts";
import type { PlannedArgument } from "./plan.ts";
import type { ChosenLayer } from "./variants.ts";

/**
 * Bytes that may be copied for each value that a layer multiplies, reads or writes. A copied byte costs up to one instruction
 * of a processor, a value of an interpreter 10 and more.
 */
const BYTES_A_VALUE = 2;
/** A layer that does little may copy so much of the network's values instead: the table of a softmax over few classes. */
const SHARE_OF_NETWORK = 1 / 256;

/** Buffers of a layer's constants start at a multiple of this, so that any alignment within holds. */
const BUFFER_ALIGN = 16;

export interface SplitConstants {
  /** In linear memory from the start. */
  readonly resident: readonly ConstantRequest[];
  /** In flash, by the layer that copies them. */
  readonly copied: ReadonlyMap<number, readonly ConstantRequest[]>;
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
  const copied = new Map<number, readonly ConstantRequest[]>();
  chosen.forEach((choice, index) => {
    const own = requests.filter(({ key, layer }) => layer === index && !lasting.has(key));
    const bytes = own.reduce((sum, { constant }) => sum + constant.bytes.length, 0);
    if (bytes > 0 && bytes <= Math.max(most, BYTES_A_VALUE * valuesOf(choice))) copied.set(index, own);
  });
  const isCopied = (request: ConstantRequest) => copied.get(request.layer)?.includes(request) ?? false;
  return { resident: requests.filter((request) => !isCopied(request)), copied };
}

/** Where a layer's constants lie in its buffer. */
export interface BufferLayout {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/** Lays out the buffer that holds all constants of a layer at once. */
export function layoutBuffer(constants: readonly ConstantRequest[]): BufferLayout {
  const offsets = new Map<string, number>();
  let bytes = 0;
  for (const { key, constant } of constants) {
    const offset = alignUp(bytes, constant.align);
    offsets.set(key, offset);
    bytes = offset + constant.bytes.length;
  }
  return { offsets, bytes: alignUp(bytes, BUFFER_ALIGN) };
}

/** The calls of `copy_from_flash` that fill a layer's buffer at `address`; none where it has none. */
export function copiesInto(
  address: number,
  constants: readonly ConstantRequest[] = [],
  buffer: BufferLayout | undefined,
  flash: PlacedConstants,
): PlannedArgument[][] {
  return constants.map(({ key, name, constant }) => [
    { name: "to", value: address + (buffer?.offsets.get(key) ?? 0) },
    { name: "from", note: name, value: flash.addresses.get(key) ?? 0 },
    { name: "bytes", value: constant.bytes.length },
  ]);
}
