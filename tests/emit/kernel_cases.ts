/** A small graph for every kernel, for tests of what the generator writes. */

import type { Graph } from "../../codegen/graph/graph.ts";
import { bytesOf, type Tensor, tensorBytes } from "../../codegen/graph/tensor.ts";
import { makePlan } from "../../codegen/plan/make_plan.ts";
import type { Plan } from "../../codegen/plan/plan.ts";
import { TARGETS, type Target } from "../../codegen/plan/target.ts";
import { binary } from "../ops/binary_operators.ts";
import { biasOf } from "../ops/convolutions.ts";
import { withInt4 } from "../ops/convolutions_int4.ts";
import { type FileOperatorCase, graphOf, numbers, tensor } from "../ops/file_operator.ts";
import { pooled } from "../ops/pools.ts";
import { randomOf } from "../ops/random_values.ts";
import { recurrentGraph } from "../ops/recurrent_networks.ts";
import { reduced } from "../ops/reductions.ts";
import { sequenceLstm } from "../ops/sequence_lstms.ts";
import { svdf } from "../ops/svdfs.ts";
import { unary } from "../ops/unary_operators.ts";
import { RELAXED } from "../relaxed/rewrite.ts";
import {
  columns,
  convolution,
  dense,
  depthwise,
  spanning,
  transposed,
  wide,
  wideDense,
  winograd,
} from "./convolution_cases.ts";

export interface KernelCase {
  /** The kernel that the plan is to take. */
  readonly kernel: string;
  readonly target: Target;
  readonly graph: Graph;
}

const product: FileOperatorCase = {
  spelling: "BATCH_MATMUL",
  inputs: [tensor([2, 3, 5]), tensor([1, 7, 5], 0.1, -4)],
  outputs: [tensor([2, 3, 7], 0.2, 9)],
  options: { adjY: 1 },
};

const pool = { shape: [1, 4, 4, 3], window: [2, 2], stride: [2, 2], same: false } as const;

/** A constant whose bytes are all 1. */
const ones = (plain: Tensor) => new Uint8Array(tensorBytes(plain)).fill(1);

/** Operators that run on the portable kernel called by the key. */
const PORTABLE: Readonly<Record<string, FileOperatorCase>> = {
  conv_2d_s8: convolution,
  conv_2d_s16: wide(convolution),
  depthwise_conv_2d_s8: depthwise,
  conv_2d_s4: withInt4(convolution),
  depthwise_conv_2d_s4: withInt4(depthwise),
  depthwise_conv_2d_s16: wide(depthwise),
  transpose_conv_s8: transposed(tensor([1, 3, 4, 2]), tensor([1, 6, 8, 4]), biasOf([1, 2, 3, 4])),
  transpose_conv_s16: transposed(
    tensor([1, 3, 4, 2], 0.05, 0, "int16"),
    tensor([1, 6, 8, 4], 0.05, 0, "int16"),
  ),
  binary_quantized: binary("ADD", [tensor([2, 3, 4]), tensor([4], 0.1, -5)], tensor([2, 3, 4], 0.2, 7), 1),
  batch_matmul_s8: product,
  batch_matmul_s16: {
    spelling: "BATCH_MATMUL",
    inputs: [tensor([2, 3, 5], 1e-4, 0, "int16"), tensor([2, 5, 7], 1e-4, 0, "int16")],
    outputs: [tensor([2, 3, 7], 4e-4, 0, "int16")],
  },
  divide_s8: binary("DIV", [tensor([2, 3, 4]), tensor([4], 0.1, -5)], tensor([2, 3, 4], 0.2, 7), 0),
  compare_s8: binary("GREATER", [tensor([2, 3]), tensor([3], 0.1, -5)], tensor([2, 3], 1, 0, "bool")),
  binary_plain: binary("MAXIMUM", [tensor([2, 3]), tensor([2, 1])], tensor([2, 3])),
  binary_f32: binary(
    "LESS",
    [tensor([5], 1, 0, "float32"), tensor([1], 1, 0, "float32")],
    tensor([5], 1, 0, "bool"),
  ),
  select_elements: {
    spelling: "SELECT_V2",
    inputs: [tensor([2, 1], 1, 0, "bool"), tensor([2, 3]), tensor([3])],
    outputs: [tensor([2, 3])],
  },
  lookup_table_s8: unary("RELU", [0.05, 3], [0.025, -128], { shape: [1, 10] }),
  interpolated_table_s16: unary("EXP", [0.0002, 0], [0.02, 0], { shape: [1, 10], dtype: "int16" }),
  logistic_s16: unary("TANH", [0.0003, 0], [2 ** -15, 0], { shape: [1, 10], dtype: "int16" }),
  rsqrt_s16: unary("RSQRT", [0.0003, 0], [0.002, 0], { shape: [1, 10], dtype: "int16" }),
  slopes_s16: unary("RELU", [0.003, 0], [0.002, 0], { shape: [1, 10], dtype: "int16" }),
  average_pool_2d: pooled("AVERAGE_POOL_2D", pool),
  max_pool_2d: pooled("MAX_POOL_2D", pool),
  exponential_f32: unary("ELU", [1, 0], [1, 0], { shape: [1, 10], dtype: "float32" }),
  log_f32: unary("LOG", [1, 0], [1, 0], { shape: [1, 10], dtype: "float32" }),
  sine_f32: unary("COS", [1, 0], [1, 0], { shape: [1, 10], dtype: "float32" }),
  sqrt_s16: unary("SQRT", [0.0003, 0], [0.002, 0], { shape: [1, 10], dtype: "int16" }),
  unary_f32: unary("RELU6", [1, 0], [1, 0], { shape: [1, 10], dtype: "float32" }),
  reduce_sum: reduced("MEAN", { shape: [1, 3, 3, 2], axes: [1, 2], output: [1, 2], to: [0.04, 1] }),
  reduce_extremum: reduced("REDUCE_MAX", { shape: [2, 3, 2], axes: [1], output: [2, 2] }),
  reduce_product: reduced("REDUCE_PROD", { shape: [2, 3], axes: [1], output: [2], to: [0.02, 1] }),
  reduce_f32: reduced("SUM", { shape: [4, 1], axes: [1], output: [4], dtype: "float32" }),
  arg_extremum: {
    spelling: "ARG_MAX",
    inputs: [tensor([2, 4, 3]), numbers(1)],
    outputs: [tensor([2, 3], 1, 0, "int32")],
  },
  topk: {
    spelling: "TOPK_V2",
    inputs: [tensor([2, 5]), numbers(3)],
    outputs: [tensor([2, 3]), tensor([2, 3], 1, 0, "int32")],
  },
  cumsum: {
    spelling: "CUMSUM",
    inputs: [tensor([2, 5]), numbers(1)],
    outputs: [tensor([2, 5], 0.2, 1)],
  },
  softmax_s8: {
    spelling: "SOFTMAX",
    inputs: [tensor([1, 10], 0.1, 5)],
    outputs: [tensor([1, 10], 1 / 256, -128)],
    options: { beta: 1 },
  },
  softmax_s16: {
    spelling: "SOFTMAX",
    inputs: [tensor([1, 10], 0.001, 0, "int16")],
    outputs: [tensor([1, 10], 2 ** -15, 0, "int16")],
    options: { beta: 1 },
  },
  log_softmax_s8: {
    spelling: "LOG_SOFTMAX",
    inputs: [tensor([1, 10], 0.1, 5)],
    outputs: [tensor([1, 10], 1 / 16, 127)],
  },
  l2_normalization_s8: {
    spelling: "L2_NORMALIZATION",
    inputs: [tensor([1, 10], 0.1, 5)],
    outputs: [tensor([1, 10], 1 / 128, 0)],
  },
  pad: {
    spelling: "PAD",
    inputs: [tensor([1, 3, 3, 2]), numbers(0, 0, 1, 1, 1, 1, 0, 0)],
    outputs: [tensor([1, 5, 5, 2])],
  },
  pad_nest: {
    spelling: "PAD",
    inputs: [tensor([2, 2, 2, 2, 2]), numbers(0, 0, 1, 1, 1, 0, 0, 1, 1, 1)],
    outputs: [tensor([2, 4, 3, 3, 4])],
  },
  move_rows: {
    spelling: "CONCATENATION",
    inputs: [tensor([2, 3]), tensor([2, 5])],
    outputs: [tensor([2, 8])],
    options: { axis: 1 },
  },
  move_grid: {
    spelling: "STRIDED_SLICE",
    inputs: [tensor([4, 6, 3]), numbers(0, 1, 0), numbers(4, 6, 2), numbers(2, 2, 1)],
    outputs: [tensor([2, 3, 2])],
  },
  move_nest: {
    spelling: "TRANSPOSE",
    inputs: [tensor([2, 3, 2, 3]), numbers(3, 2, 1, 0)],
    outputs: [tensor([3, 2, 3, 2])],
  },
  gather_indexed: {
    spelling: "MIRROR_PAD",
    inputs: [tensor([1, 3, 4, 2]), numbers(0, 0, 1, 1, 2, 0, 0, 0)],
    outputs: [tensor([1, 5, 6, 2])],
  },
  pad_indexed: {
    spelling: "SPACE_TO_BATCH_ND",
    inputs: [tensor([1, 3, 4, 2]), numbers(2, 2), numbers(1, 0, 0, 0)],
    outputs: [tensor([4, 2, 2, 2])],
  },
  gather: {
    spelling: "GATHER",
    inputs: [tensor([4, 3]), tensor([2], 1, 0, "int32")],
    outputs: [tensor([2, 3])],
  },
  resize_bilinear: {
    spelling: "RESIZE_BILINEAR",
    inputs: [tensor([1, 3, 4, 2]), numbers(5, 8)],
    outputs: [tensor([1, 5, 8, 2])],
    options: { halfPixelCenters: 1 },
  },
  gather_nd: {
    spelling: "GATHER_ND",
    inputs: [tensor([4, 3, 2]), tensor([5, 2], 1, 0, "int32")],
    outputs: [tensor([5, 2])],
  },
  update_slice: {
    spelling: "DYNAMIC_UPDATE_SLICE",
    inputs: [tensor([4, 3]), tensor([2, 2]), tensor([2], 1, 0, "int32")],
    outputs: [tensor([4, 3])],
  },
  one_hot: {
    spelling: "ONE_HOT",
    inputs: [
      tensor([4], 1, 0, "int32"),
      numbers(3),
      { ...tensor([]), data: Uint8Array.of(127) },
      { ...tensor([]), data: Uint8Array.of(128) },
    ],
    outputs: [tensor([4, 3])],
    options: { axis: -1 },
  },
  cast_elements: {
    spelling: "CAST",
    inputs: [tensor([7], 1, 0, "int32")],
    outputs: [tensor([7])],
  },
  requantize_elements: {
    spelling: "QUANTIZE",
    inputs: [tensor([7], 0.05, 128, "uint8")],
    outputs: [tensor([7], 0.04, 1)],
  },
  quantize_f32: {
    spelling: "QUANTIZE",
    inputs: [tensor([7], 1, 0, "float32")],
    outputs: [tensor([7], 0.25, 1)],
  },
  dequantize_f32: {
    spelling: "DEQUANTIZE",
    inputs: [tensor([7], 0.25, 1)],
    outputs: [tensor([7], 1, 0, "float32")],
  },
  unidirectional_sequence_lstm_s8: sequenceLstm({ steps: 2, inputs: 3, units: 2 }, ones),
  svdf_s8: svdf({ inputs: 4, units: 2, rank: 2, memory: 3 }, ones),
};

/** The same for the kernels of SIMD128. */
const SIMD128: Readonly<Record<string, FileOperatorCase>> = {
  average_pool_2d_s8_simd128: pooled("AVERAGE_POOL_2D", pool),
  batch_matmul_s8_simd128: product,
  binary_quantized_simd128: binary(
    "ADD",
    [tensor([2, 3, 9]), tensor([9], 0.1, -5)],
    tensor([2, 3, 9], 0.2, 7),
    1,
  ),
  softmax_s8_simd128: {
    spelling: "SOFTMAX",
    inputs: [tensor([3, 10], 0.1, 5)],
    outputs: [tensor([3, 10], 1 / 256, -128)],
    options: { beta: 1 },
  },
  quantize_f32_simd128: {
    spelling: "QUANTIZE",
    inputs: [tensor([19], 1, 0, "float32")],
    outputs: [tensor([19], 0.25, 1)],
  },
  conv_2d_s8_simd128: convolution,
  conv_2d_s8_simd128_winograd: winograd,
  conv_2d_s4_simd128: withInt4(convolution),
  conv_2d_s16_simd128: wide(convolution),
  depthwise_conv_2d_s8_simd128: depthwise,
  depthwise_conv_2d_s8_simd128_direct: columns,
  depthwise_conv_2d_s16_simd128: wide(depthwise),
  fully_connected_s8_simd128: dense,
  max_pool_2d_simd128: pooled("MAX_POOL_2D", { ...pool, shape: [1, 4, 4, 19] }),
  unidirectional_sequence_lstm_s8_simd128: sequenceLstm({ steps: 2, inputs: 3, units: 2 }, ones),
};

/** The same for the kernels of relaxed SIMD. */
const RELAXED_SIMD: Readonly<Record<string, FileOperatorCase>> = {
  conv_2d_s8_relaxed: spanning(convolution),
  conv_2d_s8_relaxed_7: convolution,
  conv_2d_s4_relaxed: withInt4(convolution),
  fully_connected_s8_relaxed: spanning(dense),
  fully_connected_s8_relaxed_7: dense,
  fully_connected_s4_relaxed: withInt4(dense),
};

/** The same for the kernels of interpreters. */
const INTERPRETER: Readonly<Record<string, FileOperatorCase>> = {
  binary_quantized_wide: binary(
    "ADD",
    [tensor([2, 3, 4]), tensor([4], 0.1, -5)],
    tensor([2, 3, 4], 0.2, 7),
    1,
  ),
  conv_2d_s8_lanes: convolution,
  depthwise_conv_2d_s8_lanes: depthwise,
  fully_connected_s8_lanes: wideDense,
  unidirectional_sequence_lstm_s8_lanes: sequenceLstm({ steps: 2, inputs: 3, units: 4 }, ones),
};

const casesOf = (target: Target, table: Readonly<Record<string, FileOperatorCase>>) =>
  Object.entries(table).map(([kernel, entry]): KernelCase => ({ kernel, target, graph: graphOf([entry]) }));

/** A layer normalization, which no .tflite file has. */
function normalizationGraph(): Graph {
  const constant = (name: string, values: Float32Array): Tensor => ({
    name,
    shape: [4],
    dtype: "float32",
    data: bytesOf(values),
  });
  const tensors = [
    tensor([2, 4], 0.1, 3),
    constant("scale", Float32Array.of(1, 0.5, 2, 1)),
    constant("bias", Float32Array.of(0, 1, 0, -1)),
    tensor([2, 4], 0.02, -5),
  ];
  const operator = {
    kind: "layer_normalization",
    spelling: "LayerNormalization",
    name: "norm",
    index: 0,
    inputs: [0, 1, 2],
    outputs: [3],
    attributes: { epsilon: 1e-5 },
  };
  return { name: "test", file: "test.onnx", tensors, operators: [operator], inputs: [0], outputs: [3] };
}

export const KERNEL_CASES: readonly KernelCase[] = [
  ...casesOf(TARGETS.portable, PORTABLE),
  ...casesOf(TARGETS.node, SIMD128),
  ...casesOf(RELAXED, RELAXED_SIMD),
  ...casesOf(TARGETS.wasm3, INTERPRETER),
  { kernel: "layer_normalization_s8", target: TARGETS.portable, graph: normalizationGraph() },
  ...(["rnn", "lstm", "gru"] as const).flatMap((kind) =>
    [TARGETS.portable, TARGETS.wasm3].map((target) => ({
      kernel: `${kind}_s8${target.lanes ? "_lanes" : ""}`,
      target,
      graph: recurrentGraph(kind, randomOf(1), {
        units: target.lanes ? 8 : 3,
        depth: 2,
        steps: 4,
        initial: "int16",
      }),
    })),
  ),
];

export function planOf({ graph, target }: KernelCase): Plan {
  return makePlan(graph, { target, inline: "all" });
}
