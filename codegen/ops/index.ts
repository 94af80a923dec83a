/** The operators that Mote knows, a line each. */

import { abs } from "./abs.ts";
import { add } from "./add.ts";
import { argMax } from "./arg_max.ts";
import { argMin } from "./arg_min.ts";
import { assignVariable } from "./assign_variable.ts";
import { averagePool2d } from "./average_pool_2d.ts";
import { batchMatmul } from "./batch_matmul.ts";
import { batchToSpaceNd } from "./batch_to_space_nd.ts";
import { broadcastTo } from "./broadcast_to.ts";
import { cast } from "./cast.ts";
import { ceil } from "./ceil.ts";
import { compare } from "./compare.ts";
import { concatenation } from "./concatenation.ts";
import { conv2d } from "./conv_2d.ts";
import { cos } from "./cos.ts";
import { cumsum } from "./cumsum.ts";
import { depthToSpace } from "./depth_to_space.ts";
import { depthwiseConv2d } from "./depthwise_conv_2d.ts";
import { dequantize } from "./dequantize.ts";
import type { OperatorDescriptor } from "./descriptor.ts";
import { div } from "./div.ts";
import { dynamicUpdateSlice } from "./dynamic_update_slice.ts";
import { elu } from "./elu.ts";
import { exp } from "./exp.ts";
import { floor } from "./floor.ts";
import { floorDiv } from "./floor_div.ts";
import { fullyConnected } from "./fully_connected.ts";
import { gather } from "./gather.ts";
import { gatherNd } from "./gather_nd.ts";
import { gelu } from "./gelu.ts";
import { gru } from "./gru.ts";
import { hardSwish } from "./hard_swish.ts";
import { knownValues } from "./known_values.ts";
import { l2Normalization } from "./l2_normalization.ts";
import { layerNormalization } from "./layer_normalization.ts";
import { leakyRelu } from "./leaky_relu.ts";
import { log } from "./log.ts";
import { logSoftmax } from "./log_softmax.ts";
import { logical } from "./logical.ts";
import { logistic } from "./logistic.ts";
import { lookupTable } from "./lookup_table.ts";
import { lstm } from "./lstm.ts";
import { maxPool2d } from "./max_pool_2d.ts";
import { maximum } from "./maximum.ts";
import { mean } from "./mean.ts";
import { minimum } from "./minimum.ts";
import { mirrorPad } from "./mirror_pad.ts";
import { mul } from "./mul.ts";
import { neg } from "./neg.ts";
import { oneHot } from "./one_hot.ts";
import { pack } from "./pack.ts";
import { pad } from "./pad.ts";
import { prelu } from "./prelu.ts";
import { quantize } from "./quantize.ts";
import { readVariable } from "./read_variable.ts";
import { reduceMax } from "./reduce_max.ts";
import { reduceMin } from "./reduce_min.ts";
import { reduceProd } from "./reduce_prod.ts";
import { relu } from "./relu.ts";
import { relu0To1 } from "./relu_0_to_1.ts";
import { reluN1To1 } from "./relu_n1_to_1.ts";
import { relu6 } from "./relu6.ts";
import { reshape } from "./reshape.ts";
import { resizeBilinear } from "./resize_bilinear.ts";
import { resizeNearestNeighbor } from "./resize_nearest_neighbor.ts";
import { reverseV2 } from "./reverse_v2.ts";
import { rnn } from "./rnn.ts";
import { round } from "./round.ts";
import { rsqrt } from "./rsqrt.ts";
import { select } from "./select.ts";
import { sign } from "./sign.ts";
import { sin } from "./sin.ts";
import { softmax } from "./softmax.ts";
import { spaceToBatchNd } from "./space_to_batch_nd.ts";
import { spaceToDepth } from "./space_to_depth.ts";
import { split } from "./split.ts";
import { sqrt } from "./sqrt.ts";
import { square } from "./square.ts";
import { squaredDifference } from "./squared_difference.ts";
import { stridedSlice } from "./strided_slice.ts";
import { sub } from "./sub.ts";
import { sum } from "./sum.ts";
import { svdf } from "./svdf.ts";
import { tanh } from "./tanh.ts";
import { tile } from "./tile.ts";
import { topk } from "./topk.ts";
import { transpose } from "./transpose.ts";
import { transposeConv } from "./transpose_conv.ts";
import { unidirectionalSequenceLstm } from "./unidirectional_sequence_lstm.ts";
import { unpack } from "./unpack.ts";

export const OPERATORS: readonly OperatorDescriptor[] = [
  abs,
  add,
  argMax,
  argMin,
  assignVariable,
  averagePool2d,
  batchMatmul,
  batchToSpaceNd,
  broadcastTo,
  cast,
  ceil,
  compare,
  concatenation,
  conv2d,
  cos,
  cumsum,
  depthToSpace,
  depthwiseConv2d,
  dequantize,
  div,
  dynamicUpdateSlice,
  elu,
  exp,
  floor,
  floorDiv,
  fullyConnected,
  gather,
  gatherNd,
  gelu,
  gru,
  hardSwish,
  knownValues,
  l2Normalization,
  layerNormalization,
  leakyRelu,
  log,
  logSoftmax,
  logical,
  logistic,
  lookupTable,
  lstm,
  maxPool2d,
  maximum,
  mean,
  minimum,
  mirrorPad,
  mul,
  neg,
  oneHot,
  pack,
  pad,
  prelu,
  quantize,
  readVariable,
  reduceMax,
  reduceMin,
  reduceProd,
  relu,
  relu6,
  relu0To1,
  reluN1To1,
  reshape,
  resizeBilinear,
  resizeNearestNeighbor,
  reverseV2,
  rnn,
  round,
  rsqrt,
  select,
  sign,
  sin,
  softmax,
  spaceToBatchNd,
  spaceToDepth,
  split,
  sqrt,
  square,
  squaredDifference,
  stridedSlice,
  sub,
  sum,
  svdf,
  tanh,
  tile,
  topk,
  transpose,
  transposeConv,
  unidirectionalSequenceLstm,
  unpack,
];

const byKind = new Map(OPERATORS.map((descriptor) => [descriptor.kind, descriptor]));

/** The descriptor of a graph's operator. Throws a `RangeError` on a kind that no import can make: a bug of ours. */
export function descriptorOf(operator: { readonly kind: string }): OperatorDescriptor {
  const descriptor = byKind.get(operator.kind);
  if (!descriptor) throw new RangeError(`no descriptor of kind ${operator.kind}`);
  return descriptor;
}
