/** Turns an ONNX file into a graph: quantization into the tensors, layouts into those of the kernels, nodes into operators. */

import { placed } from "../error.ts";
import { type Graph, layerOf, placeOf } from "../graph/graph.ts";
import { validateGraph } from "../graph/validate.ts";
import type { OperatorDescriptor } from "../ops/descriptor.ts";
import { OPERATORS } from "../ops/index.ts";
import { dropUnused, settleCodings, spreadCodings } from "./onnx_coding.ts";
import { emitNet } from "./onnx_emit.ts";
import { foldFollowers } from "./onnx_folding.ts";
import { readOnnxFile } from "./onnx_model.ts";
import { readNet } from "./onnx_read.ts";
import type { ExternalData } from "./onnx_tensor.ts";
import { Vocabulary } from "./onnx_vocabulary.ts";

export interface OnnxOptions {
  readonly file: string;
  readonly name: string;
  /** Shapes of inputs whose dimensions the file leaves open, by their names. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Whether recurrent layers keep their state from one inference to the next. */
  readonly stateful?: boolean;
  /** Files beside the model that hold its constants. */
  readonly external?: ExternalData;
}

/**
 * Imports an ONNX network that is quantized. Throws a `MoteError` on a damaged file, a float network, operators that
 * `operators` lacks, and a node that breaks its descriptor's rules.
 */
export function importOnnx(
  bytes: Uint8Array,
  { file, name, shapes, stateful = false, external = () => undefined }: OnnxOptions,
  operators: readonly OperatorDescriptor[] = OPERATORS,
): Graph {
  const vocabulary = new Vocabulary(operators);
  const net = readNet(readOnnxFile(bytes, file), vocabulary, {
    external,
    ...(shapes ? { shapes } : {}),
  });
  dropUnused(net);
  spreadCodings(net);
  foldFollowers(net, vocabulary.affine());
  const chains = settleCodings(net);
  const { store, made, inputs, outputs } = emitNet(net, chains, operators, stateful);
  const graph = store.graph({ name, file, inputs, outputs });
  validateGraph(graph);
  for (const { operator, descriptor } of made) {
    placed(
      () => placeOf(graph, operator),
      () => descriptor.check(layerOf(graph, operator)),
    );
  }
  return graph;
}
