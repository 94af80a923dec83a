/** Reading and writing the binary format: numbers, names and sections (WebAssembly 1.0, binary format). */

/** A position in a module that only moves forward. */
export class Cursor {
  constructor(
    readonly bytes: Uint8Array,
    public at: number,
  ) {}

  byte(): number {
    return this.bytes[this.at++] ?? 0;
  }

  /** An unsigned LEB128 number. */
  number(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
  }

  /** A signed LEB128 number of at most 53 bits; a longer one is only about right. */
  signedNumber(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return byte & 0x40 ? value - scale : value;
    }
  }

  /** Goes past a LEB128 number, signed or not. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  text(): string {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}

/** An unsigned LEB128 number of at most 53 bits. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

/** A name, or any text, with its length before it. */
export function textBytes(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...leb(bytes.length), ...bytes];
}

/** A section with its header. */
export function sectionOf(id: number, content: readonly number[]): number[] {
  return [id, ...leb(content.length), ...content];
}
