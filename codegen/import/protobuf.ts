/**
 * Reads protocol buffers that nobody vouches for: lengths are checked against the bytes, and how much is kept is limited
 * (https://protobuf.dev/programming-guides/encoding/). protobufjs decodes the numbers.
 */

import protobuf from "protobufjs/minimal.js";
import { MoteError } from "../error.ts";

/** A field that was read: a number, or the bytes of whatever has a length. */
type Content = number | Uint8Array;

/** The fields of one message by their numbers, each in the file's order. */
export type Message = ReadonlyMap<number, readonly Content[]>;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Fields that are kept, of all messages of a file together; a network of 100,000 nodes has fewer. */
const MAX_FIELDS = 2 ** 21;

/** Bytes of a text that are kept: names go into messages and reports. */
const MAX_TEXT = 1024;

/** Reads the messages of one file. Each method throws a `MoteError` on bytes that are no such thing. */
export class ProtobufFile {
  #fields = 0;

  constructor(readonly file: string) {}

  /** Refuses the file for `problem`. */
  fail(problem: string): never {
    throw new MoteError("bad-file", this.file, `${problem}. The file may be damaged; re-export it.`);
  }

  /** The fields of the message that fills `bytes`; those whose number is not in `wanted` are passed over. */
  message(bytes: Uint8Array, wanted: ReadonlySet<number>): Message {
    return this.#guarded("a message", () => {
      const reader = protobuf.Reader.create(plain(bytes));
      const fields = new Map<number, Content[]>();
      while (reader.pos < reader.len) {
        const tag = reader.uint32();
        const content = this.#content(reader, tag & 7);
        if (!wanted.has(tag >>> 3)) continue;
        this.#fields += 1;
        if (this.#fields > MAX_FIELDS) this.fail(`expected at most ${MAX_FIELDS} fields, found more`);
        const list = fields.get(tag >>> 3);
        if (list) list.push(content);
        else fields.set(tag >>> 3, [content]);
      }
      return fields;
    });
  }

  /** The last value of a number field, `fallback` where there is none. */
  number(message: Message, id: number, fallback = 0): number {
    const value = message.get(id)?.at(-1);
    if (value === undefined) return fallback;
    if (typeof value !== "number") this.fail(`expected a number in field ${id}, found bytes`);
    return value;
  }

  /** All values of a repeated whole-number field, packed or not. */
  integers(message: Message, id: number): number[] {
    return this.#numbers(message, id, varint);
  }

  /** All values of a repeated float field, packed or not. */
  floats(message: Message, id: number): number[] {
    return this.#numbers(message, id, (reader) => reader.float());
  }

  /** All values of a repeated double field, packed or not. */
  doubles(message: Message, id: number): number[] {
    return this.#numbers(message, id, (reader) => reader.double());
  }

  /** The last value of a bytes field, without a copy; `undefined` where there is none. */
  bytes(message: Message, id: number): Uint8Array | undefined {
    return this.everyBytes(message, id).at(-1);
  }

  /** All values of a repeated bytes or message field. */
  everyBytes(message: Message, id: number): Uint8Array[] {
    return (message.get(id) ?? []).map((value) => {
      if (typeof value === "number") this.fail(`expected bytes in field ${id}, found a number`);
      return value;
    });
  }

  /** The last value of a text field on one line, cut to fit a message; empty where there is none. */
  text(message: Message, id: number): string {
    return this.texts(message, id).at(-1) ?? "";
  }

  /** All values of a repeated text field. */
  texts(message: Message, id: number): string[] {
    return this.everyBytes(message, id).map((bytes) => {
      const text = new TextDecoder().decode(bytes.subarray(0, MAX_TEXT));
      const line = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\uFFFD");
      return bytes.length > MAX_TEXT ? `${line}…` : line;
    });
  }

  #content(reader: protobuf.Reader, wire: number): Content {
    switch (wire) {
      case VARINT:
        return varint(reader);
      case FIXED64:
        return reader.double();
      case BYTES: {
        const length = reader.uint32();
        const end = reader.pos + length;
        if (end > reader.len)
          this.fail(`expected ${length} bytes, found that ${reader.len - reader.pos} are left`);
        const bytes = reader.buf.subarray(reader.pos, end);
        reader.pos = end;
        return bytes;
      }
      case FIXED32:
        return reader.float();
      default:
        return this.fail(`expected a wire type of 0, 1, 2 or 5, found ${wire}`);
    }
  }

  #numbers(message: Message, id: number, read: (reader: protobuf.Reader) => number): number[] {
    return this.#guarded(`the numbers of field ${id}`, () => {
      const numbers: number[] = [];
      for (const value of message.get(id) ?? []) {
        if (typeof value === "number") numbers.push(value);
        else {
          const reader = protobuf.Reader.create(plain(value));
          while (reader.pos < reader.len) numbers.push(read(reader));
        }
      }
      return numbers;
    });
  }

  /** The reader's own complaints (a varint cut off, one of more than ten bytes) as refusals. */
  #guarded<T>(what: string, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof MoteError) throw error;
      return this.fail(`expected ${what}, found that its bytes are cut off or no numbers`);
    }
  }
}

/** Without Node's Buffer, whose `subarray` costs more and of which the reader makes its own kind. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** An int64 as a number; beyond 2^53 the nearest one. The reader's own type of it has no declaration here. */
function varint(reader: protobuf.Reader): number {
  const { low, high } = reader.int64() as unknown as { readonly low: number; readonly high: number };
  return high * 2 ** 32 + (low >>> 0);
}
