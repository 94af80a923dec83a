/**
 * The buffers of the arena into which layers copy constants from flash: all of them before the kernel runs, or those that it
 * streams a piece at a time. A buffer that fits below the arena's peak costs no memory, so pieces are as large as the place
 * that others leave.
 */

import { alignUp } from "../graph/align.ts";
import type { Stream } from "../ops/descriptor.ts";
import type { ArenaLayout, ArenaRequest } from "./arena.ts";
import { type ConstantRequest, packedKey } from "./constant_requests.ts";
import type { PlannedArgument } from "./plan.ts";

/** Buffers start at a multiple of this, so that any alignment within holds. */
const BUFFER_ALIGN = 16;
/** Bytes from which a piece's copying is lost among its products, of which a byte has one to three. */
const LEAST_PIECE = 512;

/** What a layer copies. */
export interface Copies {
  readonly constants: readonly ConstantRequest[];
  /** Where its kernel can stream. */
  readonly stream?: Stream & {
    readonly from: ConstantRequest;
    /** Those that it copies by itself. */
    readonly own: ReadonlySet<ConstantRequest>;
  };
}

export interface Buffer {
  readonly address: number;
  readonly bytes: number;
  /** Addresses of the constants that are copied before the kernel runs, by their keys. */
  readonly addresses: ReadonlyMap<string, number>;
  /** Bytes of a piece of what the kernel streams, and where it copies them; 0 where it streams nothing. */
  readonly piece: number;
  readonly pieceAddress: number;
}

/** What layer `index` copies, whose kernel streams as `stream` says. */
export function copiesOf(
  index: number,
  constants: readonly ConstantRequest[],
  stream: Stream | undefined,
): Copies {
  const find = (name: string) => constants.filter(({ key }) => key === packedKey(index, name));
  const [from] = stream ? find(stream.constant) : [];
  if (!stream || !from) return { constants };
  return { constants, stream: { ...stream, from, own: new Set([from, ...stream.others.flatMap(find)]) } };
}

/** Places constants one after another from 0 on; `bytes`: of all. */
function inOrder(constants: readonly ConstantRequest[]): { offsets: Map<string, number>; bytes: number } {
  const offsets = new Map<string, number>();
  let bytes = 0;
  for (const { key, constant } of constants) {
    const offset = alignUp(bytes, constant.align);
    offsets.set(key, offset);
    bytes = offset + constant.bytes.length;
  }
  return { offsets, bytes: alignUp(bytes, BUFFER_ALIGN) };
}

/** What is copied before the kernel runs while it streams the others. */
function besides({ constants, stream }: Copies): readonly ConstantRequest[] {
  return constants.filter((constant) => !stream?.own.has(constant));
}

function bytesWithPiece(copies: Copies, piece: number): number {
  return inOrder(besides(copies)).bytes + alignUp(piece + (copies.stream?.rest ?? 0), BUFFER_ALIGN);
}

/** The least bytes of a layer's buffer. */
export function leastBytes(copies: Copies): number {
  const whole = inOrder(copies.constants).bytes;
  if (!copies.stream) return whole;
  return Math.min(whole, bytesWithPiece(copies, alignUp(LEAST_PIECE, copies.stream.unit)));
}

/** Where request `index`, which is in use at one step only, could lie instead: the largest place below the arena's top. */
export function roomAt(
  requests: readonly ArenaRequest[],
  { offsets, bytes: top }: ArenaLayout,
  index: number,
): { readonly address: number; readonly bytes: number } {
  const step = requests[index]?.first ?? 0;
  const others = requests
    .flatMap(({ first, last, bytes }, other) => {
      const start = offsets[other] ?? 0;
      return other !== index && first <= step && step <= last ? [{ start, end: start + bytes }] : [];
    })
    .sort((a, b) => a.start - b.start);
  let room = { address: 0, bytes: 0 };
  let address = 0;
  for (const { start, end } of [...others, { start: top, end: top }]) {
    if (start - address > room.bytes) room = { address, bytes: start - address };
    address = Math.max(address, alignUp(end, BUFFER_ALIGN));
  }
  return { ...room, bytes: room.bytes - (room.bytes % BUFFER_ALIGN) };
}

/** Fills the room with everything, or with pieces that are as large as they can be, and as equal. */
export function bufferIn(copies: Copies, room: { readonly address: number; readonly bytes: number }): Buffer {
  const { address } = room;
  const { constants, stream } = copies;
  const whole = inOrder(constants);
  const placed = ({ offsets }: typeof whole) =>
    new Map([...offsets].map(([key, offset]) => [key, address + offset]));
  if (!stream || whole.bytes <= room.bytes) {
    return { address, bytes: whole.bytes, addresses: placed(whole), piece: 0, pieceAddress: 0 };
  }
  const rest = inOrder(besides(copies));
  const total = stream.from.constant.bytes.length;
  const most = Math.floor((room.bytes - rest.bytes - stream.rest) / stream.unit) * stream.unit;
  const piece = alignUp(Math.ceil(total / Math.ceil(total / most)), stream.unit);
  return {
    address,
    bytes: bytesWithPiece(copies, piece),
    addresses: placed(rest),
    piece,
    pieceAddress: address + rest.bytes,
  };
}

/** The calls of `copy_from_flash` that fill a layer's buffer before its kernel runs; none where it has none. */
export function copyCalls(
  copies: Copies | undefined,
  buffer: Buffer | undefined,
  flash: ReadonlyMap<string, number>,
): PlannedArgument[][] {
  return (copies?.constants ?? []).flatMap(({ key, name, constant }) => {
    const to = buffer?.addresses.get(key);
    if (to === undefined) return [];
    return [
      [
        { name: "to", value: to },
        { name: "from", note: name, value: flash.get(key) ?? 0 },
        { name: "bytes", value: constant.bytes.length },
      ],
    ];
  });
}

/** How far the layer's kernel reads in flash: the last piece, and what it copies besides, may reach beyond their constants. */
export function flashEnd({ stream }: Copies, { piece }: Buffer, flash: ReadonlyMap<string, number>): number {
  if (!stream || piece === 0) return 0;
  const ends = [...stream.own].map((own) => {
    const { length } = own.constant.bytes;
    const read = own === stream.from ? Math.ceil(length / piece) * piece : length + stream.rest;
    return (flash.get(own.key) ?? 0) + read;
  });
  return Math.max(...ends);
}
