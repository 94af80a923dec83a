/** Graphs by hand, for tests of passes and plans. */

import { type Graph, layerOf, type Operator, tensorAt } from "../codegen/graph/graph.ts";
import { bytesOf, type Tensor, type TensorId, type Values } from "../codegen/graph/tensor.ts";
import { descriptorOf } from "../codegen/ops/index.ts";

/** Builds a graph operator by operator; each is checked by its descriptor as an import would. */
export class NetworkBuilder {
  readonly tensors: Tensor[] = [];
  readonly operators: Operator[] = [];

  tensor(shape: readonly number[], scale = 0.05, zeroPoint = 0): TensorId {
    // As in files, which hold scales as float32.
    const quantization = { scales: [Math.fround(scale)], zeroPoints: [zeroPoint], axis: 0 };
    return this.tensors.push({ name: `t${this.tensors.length}`, shape, dtype: "int8", quantization }) - 1;
  }

  constant(shape: readonly number[], values: Values, scales: readonly number[] = [0.05], axis = 0): TensorId {
    return (
      this.tensors.push({
        name: `c${this.tensors.length}`,
        shape,
        dtype: values instanceof Int32Array ? "int32" : "int8",
        quantization: { scales, zeroPoints: scales.map(() => 0), axis },
        data: bytesOf(values),
      }) - 1
    );
  }

  /** State that starts from `values`. */
  state(shape: readonly number[], values: Int8Array, scale = 0.05, zeroPoint = 0): TensorId {
    const id = this.tensor(shape, scale, zeroPoint);
    const plain = tensorAt(this, id);
    this.tensors[id] = { ...plain, name: `s${id}`, state: { initial: bytesOf(values) } };
    return id;
  }

  operator(
    kind: string,
    inputs: readonly TensorId[],
    outputs: readonly TensorId[],
    attributes: unknown = {},
  ): TensorId {
    const index = this.operators.length;
    const operator = { kind, spelling: kind.toUpperCase(), name: `${kind}_${index}`, index };
    const made: Operator = { ...operator, inputs, outputs, attributes };
    descriptorOf(made).check(layerOf(this, made));
    this.operators.push(made);
    return outputs[0] ?? -1;
  }

  graph(inputs: readonly TensorId[], outputs: readonly TensorId[]): Graph {
    const { tensors, operators } = this;
    return { name: "random", file: "random.tflite", tensors, operators, inputs, outputs };
  }

  shape(id: TensorId): readonly number[] {
    return tensorAt(this, id).shape;
  }

  scale(id: TensorId): number {
    return tensorAt(this, id).quantization?.scales[0] ?? 1;
  }

  zeroPoint(id: TensorId): number {
    return tensorAt(this, id).quantization?.zeroPoints[0] ?? 0;
  }
}

/** A tensor quantized as `input` is. */
export function alike(b: NetworkBuilder, input: TensorId, shape: readonly number[]): TensorId {
  return b.tensor(shape, b.scale(input), b.zeroPoint(input));
}
