/** Imports a model file, whatever its format, to the same graph. */

import { MoteError } from "../error.ts";
import type { Graph } from "../graph/graph.ts";
import { importOnnx } from "./onnx.ts";
import { isOnnx } from "./onnx_model.ts";
import type { ExternalData } from "./onnx_tensor.ts";
import { importTflite } from "./tflite.ts";

export interface ImportOptions {
  /** Name of the model; made an identifier. Default: the file's name without its ending. */
  readonly name?: string;
  /** File name, for messages. */
  readonly file?: string;
  /** Shapes of inputs by name, for files that leave dimensions open. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Recurrent layers (ONNX: GRU, LSTM, RNN) keep their state in the module from one inference to the next. */
  readonly stateful?: boolean;
  /** Gives the bytes of a file beside the model that holds some of its constants (ONNX external data). */
  readonly externalData?: ExternalData;
}

/** `TFL3`, which a .tflite file has at byte 4. */
const TFLITE_IDENTIFIER = [0x54, 0x46, 0x4c, 0x33];

/** An identifier in JavaScript and C: other characters become `_`. */
export function identifier(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, "_");
  return /^[A-Za-z_]/.test(plain) ? plain : `model_${plain}`;
}

/** Throws a `MoteError` on a file that is of no known format, damaged, or holds what Mote does not support. */
export function importModel(bytes: Uint8Array, options: ImportOptions): Graph {
  const { shapes, externalData: external } = options;
  const onnx = (options.file?.toLowerCase().endsWith(".onnx") ?? false) || isOnnx(bytes);
  const file = options.file ?? `${options.name ?? "model"}.${onnx ? "onnx" : "tflite"}`;
  const base = file.split(/[\\/]/).at(-1) ?? file;
  const name = identifier(options.name ?? base.replace(/\.[^.]*$/, ""));
  if (TFLITE_IDENTIFIER.every((byte, index) => bytes[4 + index] === byte)) {
    return importTflite(bytes, { file: base, name, ...(shapes ? { shapes } : {}) });
  }
  if (onnx) {
    return importOnnx(bytes, {
      file: base,
      name,
      ...(shapes ? { shapes } : {}),
      ...(external ? { external } : {}),
      stateful: options.stateful ?? false,
    });
  }
  throw new MoteError(
    "bad-file",
    base,
    "expected a .tflite file (TFL3 at byte 4) or an .onnx file, found something else. Give Mote a TensorFlow Lite or ONNX model.",
  );
}
