/**
 * How close behind the reads of a window operator its writes may follow: lets a layer's output reuse the memory
 * of its dying input row by row.
 */

import type { ConvolutionAttributes, WindowGeometry } from "./convolution.ts";

/**
 * The least number of bytes by which the output must start before the input, so that every write lands below all
 * bytes that are still to be read. int8 NHWC; `filters` output channels a pixel, written pixel after pixel.
 * `lookahead`: how many pixels are computed together (1: one at a time), each reading while others are written.
 * `buffered`: a pixel's window is copied away before the pixel is written.
 */
export function overlapDistance(
  geometry: WindowGeometry,
  attributes: Pick<ConvolutionAttributes, "strideHeight" | "strideWidth" | "padTop" | "padLeft">,
  filters: number,
  { buffered, lookahead = 1 }: { readonly buffered: boolean; readonly lookahead?: number },
): number {
  const { strideHeight, strideWidth, padTop, padLeft } = attributes;
  const origin = (y: number, x: number): readonly [number, number] => [
    Math.max(0, y * strideHeight - padTop),
    Math.max(0, x * strideWidth - padLeft),
  ];
  return distanceBehind(geometry, filters, origin, { buffered, lookahead });
}

/**
 * `overlapDistance` of any operator that writes pixel after pixel; `origin`: the first row and column of the input that
 * an output pixel reads.
 */
export function distanceBehind(
  geometry: Omit<WindowGeometry, "kernelHeight" | "kernelWidth">,
  filters: number,
  origin: (y: number, x: number) => readonly [row: number, column: number],
  { buffered, lookahead = 1 }: { readonly buffered: boolean; readonly lookahead?: number },
): number {
  const { batches, height, width, channels, outHeight, outWidth } = geometry;
  const pixels = batches * outHeight * outWidth;
  /** First byte of the input that pixel `index` reads. */
  const firstRead = (index: number) => {
    const batch = Math.floor(index / (outWidth * outHeight));
    const [row, column] = origin(Math.floor(index / outWidth) % outHeight, index % outWidth);
    return ((batch * height + row) * width + column) * channels;
  };
  // Walk backwards, so that `pending` is the lowest byte that this pixel or a later one reads.
  let pending = Infinity;
  let distance = 0;
  for (let index = pixels - 1; index >= 0; index--) {
    if (!buffered) pending = Math.min(pending, firstRead(index));
    const written = Math.min(index + lookahead, pixels) * filters;
    if (pending !== Infinity) distance = Math.max(distance, written - pending);
    if (buffered) pending = Math.min(pending, firstRead(index));
  }
  return distance;
}
