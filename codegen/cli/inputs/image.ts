/** Samples from .png and .jpg files whose size is the input's. */

import type { ManifestTensor } from "../../compile_result.ts";
import { MoteError } from "../../error.ts";
import { integerRange, type Values } from "../../graph/tensor.ts";
import { inputText, realToOwn } from "./fit.ts";
import { decodeJpeg, decodePng, type Image } from "./pixels.ts";

/** How a pixel from 0 to 255 becomes a value: real values in a range, or the input's own values. */
export const PIXEL_RANGES = ["0..1", "-1..1", "0..255", "raw"] as const;
export type PixelRange = (typeof PIXEL_RANGES)[number];

/** A PNG or JPEG as one sample; grey and colour are converted to the channels that the input has. */
export async function imageSamples(
  bytes: Uint8Array,
  file: string,
  tensor: ManifestTensor,
  range: PixelRange,
): Promise<Values[]> {
  const wanted = imageShape(tensor, file);
  const checkSize = (width: number, height: number): void => {
    if (width === wanted.width && height === wanted.height) return;
    throw new MoteError(
      "bad-input",
      file,
      `${inputText(tensor)} takes an image of ${wanted.width} by ${wanted.height} pixels, found ${width} by ${height}. Resize it first.`,
    );
  };
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  const image = isPng ? await decodePng(bytes, file, checkSize) : await decodeJpeg(bytes, file, checkSize);
  const pixels = withChannels(image, wanted.channels);
  if (range === "raw") return [ownValues(pixels, tensor, file)];
  const real = pixels.map((pixel) =>
    range === "0..1" ? pixel / 255 : range === "-1..1" ? pixel / 127.5 - 1 : pixel,
  );
  return [realToOwn(real, tensor, file)];
}

/** Height, width and channels of an input of shape 1×H×W×C, H×W×C, 1×H×W or H×W. */
function imageShape(
  tensor: ManifestTensor,
  file: string,
): { height: number; width: number; channels: number } {
  const { shape } = tensor;
  const last = shape.at(-1);
  const hasChannels = shape.length === 4 || (shape.length === 3 && shape[0] !== 1);
  const inner = shape.length === 4 || (shape.length === 3 && shape[0] === 1) ? shape.slice(1) : shape;
  const [height, width] = inner;
  const channels = hasChannels ? last : 1;
  const first = shape.length === 4 ? shape[0] : 1;
  if (height === undefined || width === undefined || first !== 1 || (channels !== 1 && channels !== 3)) {
    throw new MoteError(
      "bad-input",
      file,
      `${inputText(tensor)} is not an image of 1 or 3 channels. Give the values as .npy, .json or .bin.`,
    );
  }
  return { height, width, channels };
}

/** Pixels from 0 to 255 (16-bit images: in steps of 1/257), row-major, channels last. Transparency is ignored. */
function withChannels({ samples, channels, max }: Image, wanted: number): Float64Array {
  const count = samples.length / channels;
  const colours = channels >= 3 ? 3 : 1;
  const pixels = new Float64Array(count * wanted);
  const value = (pixel: number, channel: number): number =>
    ((samples[pixel * channels + (colours === 3 ? channel : 0)] ?? 0) * 255) / max;
  for (let pixel = 0; pixel < count; pixel++) {
    if (wanted === 1 && colours === 3) {
      // ITU-R BT.601 luma in 16-bit fixed point, as Pillow's convert("L") computes it for 8-bit images.
      const luma = 19595 * value(pixel, 0) + 38470 * value(pixel, 1) + 7471 * value(pixel, 2);
      pixels[pixel] = max === 255 ? Math.floor((luma + 32768) / 65536) : luma / 65536;
    } else {
      for (let channel = 0; channel < wanted; channel++)
        pixels[pixel * wanted + channel] = value(pixel, channel);
    }
  }
  return pixels;
}

/** Pixels as the input's own values: uint8 as they are, int8 less 128. */
function ownValues(pixels: Float64Array, tensor: ManifestTensor, file: string): Values {
  const { min } = integerRange(tensor.dtype);
  if (tensor.dtype === "uint8") return Uint8Array.from(pixels, Math.round);
  if (tensor.dtype === "int8") return Int8Array.from(pixels, (pixel) => Math.round(pixel) + min);
  throw new MoteError(
    "bad-input",
    file,
    `--pixels raw is for int8 and uint8, and ${inputText(tensor)} is neither.`,
  );
}
