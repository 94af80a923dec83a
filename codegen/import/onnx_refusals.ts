/** Networks that no reading helps: float ones, those quantized while they run, and operators that Mote lacks. */

import { MoteError } from "../error.ts";
import type { OnnxFile } from "./onnx_model.ts";
import { nodePlace } from "./onnx_net.ts";
import { isCoding, type Vocabulary } from "./onnx_vocabulary.ts";
import { unknownSentence } from "./tflite_unknown.ts";

/** Throws a `MoteError` that names the first operator to blame. */
export function refuseUnreadable(file: OnnxFile, vocabulary: Vocabulary): void {
  refuseFloat(file, vocabulary);
  refuseUnknown(file, vocabulary);
}

function refuseFloat(file: OnnxFile, vocabulary: Vocabulary): void {
  if (file.nodes.some((node) => isCoding(node) || vocabulary.quantized(node))) return;
  throw new MoteError(
    "unsupported-operator",
    file.reader.file,
    "expected a network with QuantizeLinear and DequantizeLinear, found a float network. Quantize it first: onnxruntime.quantization.quantize_static with calibration data does.",
  );
}

/** Operators of dynamic quantization. */
const DYNAMIC = ["DynamicQuantizeLinear", "MatMulInteger", "ConvInteger", "DynamicQuantizeMatMul"];

function refuseUnknown(file: OnnxFile, vocabulary: Vocabulary): void {
  const unknown = file.nodes.filter((node) => !vocabulary.has(node));
  const [first] = unknown;
  if (!first) return;
  const dynamic = unknown.find(({ type }) => DYNAMIC.includes(type));
  if (dynamic)
    throw new MoteError(
      "unsupported-operator",
      nodePlace(file.reader.file, dynamic),
      "expected a network that was quantized with calibration data, found one that finds its scales while it runs. Quantize it statically: onnxruntime.quantization.quantize_static does.",
    );
  const others = unknown.map(({ type }) => type).filter((type) => type !== first.type);
  throw new MoteError(
    "unsupported-operator",
    nodePlace(file.reader.file, first),
    unknownSentence(others, first.domain !== ""),
  );
}
