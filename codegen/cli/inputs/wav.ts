/**
 * Samples from .wav files whose audio is already the model's input, sample for sample.
 * Format: Microsoft's "Multimedia Programming Interface and Data Specifications 1.0", RIFF WAVE.
 */

import type { ManifestTensor } from "../../compile_result.ts";
import { MoteError } from "../../error.ts";
import { elementCount, type Values } from "../../graph/tensor.ts";
import { inputText, realToOwn } from "./fit.ts";

interface Wave {
  /** `pcm16`, `float32`, … */
  readonly encoding: string;
  readonly channels: number;
  readonly data: DataView;
}

/** How to read one sample of each encoding as a real value, −1 to 1; 8-bit PCM is unsigned. */
const READERS: Readonly<Record<string, { bytes: number; read: (data: DataView, at: number) => number }>> = {
  pcm8: { bytes: 1, read: (data, at) => (data.getUint8(at) - 128) / 128 },
  pcm16: { bytes: 2, read: (data, at) => data.getInt16(at, true) / 32768 },
  pcm24: {
    bytes: 3,
    read: (data, at) => (data.getUint16(at, true) + data.getInt8(at + 2) * 65536) / 8388608,
  },
  pcm32: { bytes: 4, read: (data, at) => data.getInt32(at, true) / 2147483648 },
  float32: { bytes: 4, read: (data, at) => data.getFloat32(at, true) },
};

/**
 * Mono audio. 16-bit PCM is an int16 input's own values; everything else becomes real values, −1 to 1.
 * Throws a `MoteError` on a damaged file, other encodings, more channels, or another number of samples.
 */
export function wavSamples(bytes: Uint8Array, file: string, tensor: ManifestTensor): Values[] {
  const refuse = (sentence: string): MoteError => new MoteError("bad-input", file, sentence);
  const wave = readWave(bytes);
  if (!wave) throw refuse("is not a whole WAV file. It is truncated or damaged; save it again.");
  const { encoding, channels, data } = wave;
  const reader = READERS[encoding];
  if (!reader)
    throw refuse(
      `expected PCM of 8, 16, 24 or 32 bits or float32, found ${encoding}. Save it as 16-bit PCM.`,
    );
  if (channels !== 1) throw refuse(`expected one channel, found ${channels}. Mix it down to mono.`);
  const wanted = elementCount(tensor.shape);
  const found = Math.floor(data.byteLength / reader.bytes);
  if (found !== wanted) {
    throw refuse(
      `${inputText(tensor)} takes ${wanted} samples, found ${found}. Only audio that is already the model's input can run; features must be computed first.`,
    );
  }
  const samples = Float64Array.from({ length: found }, (_, index) => reader.read(data, index * reader.bytes));
  if (encoding === "pcm16" && tensor.dtype === "int16")
    return [Int16Array.from(samples, (value) => value * 32768)];
  return [realToOwn(samples, tensor, file)];
}

const EXTENSIBLE = 0xfffe;

/** The format and samples of a RIFF file; undefined where a chunk is missing or reaches beyond the file. */
function readWave(bytes: Uint8Array): Wave | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
  if (bytes.length < 12 || word(0) !== "RIFF" || word(8) !== "WAVE") return undefined;
  let format: DataView | undefined;
  let data: DataView | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (at + 8 + size > bytes.length) return undefined;
    const chunk = new DataView(bytes.buffer, bytes.byteOffset + at + 8, size);
    if (word(at) === "fmt ") format ??= chunk;
    if (word(at) === "data") data ??= chunk;
    at += 8 + size + (size & 1);
  }
  if (!format || !data || format.byteLength < 16) return undefined;
  const tag = format.getUint16(0, true);
  // An extensible format has its real tag in the first two bytes of its GUID.
  const kind = tag === EXTENSIBLE && format.byteLength >= 26 ? format.getUint16(24, true) : tag;
  const name = kind === 1 ? "pcm" : kind === 3 ? "float" : `format ${kind}, bits `;
  return { encoding: `${name}${format.getUint16(14, true)}`, channels: format.getUint16(2, true), data };
}
