/** AVERAGE_POOL_2D: the mean of each window, NHWC (TFLite reference: integer_ops/pooling.h). */

import { defineOperator } from "./descriptor.ts";
import { qlinearUnary } from "./families/onnx_elementwise.ts";
import { countsPadding, onnxPool } from "./families/onnx_pool.ts";
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

/** The mean, halves away from zero: (sum ± count / 2) / count in whole numbers. */
function average(window: readonly number[]): number {
  const sum = window.reduce((total, value) => total + value, 0);
  const half = Math.floor(window.length / 2);
  return Math.trunc((sum > 0 ? sum + half : sum - half) / window.length);
}

export const averagePool2d = defineOperator<PoolAttributes>({
  kind: "average_pool_2d",
  tflite: [{ code: 1, name: "AVERAGE_POOL_2D", options: POOL_FIELDS, read: readPool }],
  onnx: [
    onnxPool("AveragePool", {
      quantized: [qlinearUnary("QLinearAveragePool")],
      accepts: (node) => !countsPadding(node),
      coding: "within",
    }),
  ],
  check: checkPool,
  shapes: poolShapes,
  evaluate: (layer, [input]) => evaluatePool(layer, input, average),
  traits: { channels: () => "each", rows: poolRows },
  variants: [
    portablePool("average_pool_2d", "average_pool_2d/portable"),
    simd128Pool("average_pool_2d_s8_simd128", "average_pool_2d/simd128", "int8"),
  ],
  limits: "int8, int16; input and output of one scale and zero point",
});
