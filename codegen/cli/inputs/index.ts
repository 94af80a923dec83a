/** Reads input files of any kind as samples of one of a model's inputs. */

import { readFile } from "node:fs/promises";
import { basename, extname } from "node:path";
import type { ManifestTensor } from "../../compile_result.ts";
import { MoteError } from "../../error.ts";
import type { Values } from "../../graph/tensor.ts";
import { fileFault } from "../files.ts";
import { imageSamples, type PixelRange } from "./image.ts";
import { jsonSamples, npySamples, rawSamples } from "./numbers.ts";
import { wavSamples } from "./wav.ts";

export const INPUT_FORMATS = ".npy, .json, .bin, .png, .jpg, .wav";

/**
 * The samples in a file, each as the tensor's own values; at least one.
 * Throws a `MoteError` on a file that is missing, damaged, of another kind, or that does not fit the tensor.
 */
export async function readSamples(
  path: string,
  tensor: ManifestTensor,
  options: { readonly pixels?: PixelRange } = {},
): Promise<Values[]> {
  const file = basename(path);
  const decode = decoderOf(path, file, options.pixels ?? "0..1");
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileFault(path, error, "bad-input");
  });
  return decode(bytes, tensor);
}

type Decode = (bytes: Uint8Array, tensor: ManifestTensor) => Values[] | Promise<Values[]>;

function decoderOf(path: string, file: string, pixels: PixelRange): Decode {
  switch (extname(path).toLowerCase()) {
    case ".npy":
      return (bytes, tensor) => npySamples(bytes, file, tensor);
    case ".json":
      return (bytes, tensor) => jsonSamples(bytes, file, tensor);
    case ".bin":
      return (bytes, tensor) => rawSamples(bytes, file, tensor);
    case ".png":
    case ".jpg":
    case ".jpeg":
      return (bytes, tensor) => imageSamples(bytes, file, tensor, pixels);
    case ".wav":
      return (bytes, tensor) => wavSamples(bytes, file, tensor);
    default:
      throw new MoteError(
        "bad-input",
        file,
        `is not an input that Mote reads. Formats are: ${INPUT_FORMATS}.`,
      );
  }
}
