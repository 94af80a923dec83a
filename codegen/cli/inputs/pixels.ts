/** Decodes PNG (fast-png) and JPEG (jpeg-js), which are loaded only when an image comes. */

import { MoteError } from "../../error.ts";

export interface Image {
  /** Row-major, channels last. */
  readonly samples: ArrayLike<number> & { readonly length: number };
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  /** The value of white. */
  readonly max: number;
}

/** Called with the size in the image's header before anything is decoded; throws where it is not wanted. */
type CheckSize = (width: number, height: number) => void;

/** Throws a `MoteError` on a damaged file. */
export async function decodePng(bytes: Uint8Array, file: string, checkSize: CheckSize): Promise<Image> {
  if (bytes.length < 33) throw damaged(file, "PNG");
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkSize(header.getUint32(16), header.getUint32(20));
  const { decode, convertIndexedToRgb } = await import("fast-png");
  try {
    const png = decode(bytes, { checkCrc: true });
    if (png.palette) {
      return { samples: convertIndexedToRgb(png), channels: png.palette[0]?.length ?? 3, max: 255 };
    }
    if (png.depth >= 8) {
      return { samples: png.data, channels: png.channels, max: 2 ** png.depth - 1 };
    }
    return {
      samples: unpacked(png.data, png.width, png.height, png.depth),
      channels: 1,
      max: 2 ** png.depth - 1,
    };
  } catch {
    throw damaged(file, "PNG");
  }
}

/** One value a pixel from rows of 1, 2 or 4 bits a pixel; each row starts at a byte. */
function unpacked(rows: ArrayLike<number>, width: number, height: number, depth: number): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  const samples = new Uint8Array(width * height);
  for (let at = 0; at < samples.length; at++) {
    const bit = (at % width) * depth;
    const byte = rows[Math.floor(at / width) * rowBytes + (bit >> 3)] ?? 0;
    samples[at] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1);
  }
  return samples;
}

/** Throws a `MoteError` on a damaged file, or one that says it takes more than 256 MB. */
export async function decodeJpeg(bytes: Uint8Array, file: string, checkSize: CheckSize): Promise<Image> {
  const size = jpegSize(bytes);
  if (!size) throw damaged(file, "JPEG or PNG");
  checkSize(size.width, size.height);
  const { default: jpeg } = await import("jpeg-js");
  try {
    const image = jpeg.decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxMemoryUsageInMB: 256,
    });
    const channels = image.data.length / (image.width * image.height);
    return { samples: image.data, channels, max: 255 };
  } catch {
    throw damaged(file, "JPEG");
  }
}

/** Width and height from the first frame header; undefined in other files. ITU-T T.81, B.2.2. */
function jpegSize(bytes: Uint8Array): { width: number; height: number } | undefined {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 9 <= bytes.length; ) {
    const marker = bytes[at + 1] ?? 0;
    if (bytes[at] !== 0xff) return undefined;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function damaged(file: string, format: string): MoteError {
  return new MoteError(
    "bad-input",
    file,
    `is not a whole ${format} image. The file is truncated or damaged; save it again.`,
  );
}
