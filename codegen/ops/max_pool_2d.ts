/** MAX_POOL_2D: the largest value of each window, NHWC (TFLite reference: integer_ops/pooling.h). */

import { defineOperator } from "./descriptor.ts";
import { onnxPool } from "./families/onnx_pool.ts";
import {
  checkPool,
  evaluatePool,
  POOL_FIELDS,
  type PoolAttributes,
  poolRows,
  poolShapes,
  portablePool,
  readPool,
  simd128Pool,
} from "./families/pool.ts";

export const maxPool2d = defineOperator<PoolAttributes>({
  kind: "max_pool_2d",
  tflite: [{ code: 17, name: "MAX_POOL_2D", options: POOL_FIELDS, read: readPool }],
  onnx: [onnxPool("MaxPool", { coding: "keeps" })],
  check: checkPool,
  shapes: poolShapes,
  evaluate: (layer, [input]) =>
    evaluatePool(layer, input, (window) => window.reduce((a, b) => Math.max(a, b))),
  traits: { channels: () => "each", rows: poolRows },
  variants: [
    portablePool("max_pool_2d", "max_pool_2d/portable"),
    simd128Pool("max_pool_2d_simd128", "max_pool_2d/simd128"),
  ],
  limits: "int8, int16; input and output of one scale and zero point",
});
