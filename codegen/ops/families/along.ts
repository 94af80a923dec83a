/** Operators along one dimension: which one files name, and the loops around it. */

import { require } from "../../error.ts";
import { elementBytes, elementCount, type Tensor } from "../../graph/tensor.ts";
import type { Argument, TfliteOperator } from "../descriptor.ts";
import { axisOf, constantNumbers } from "./parameters.ts";

/** The dimension that input 1 of a file's operator names, a constant of one number. */
export function readAxis(operator: TfliteOperator): number {
  const axes = constantNumbers(operator.inputs[1], "axis");
  require(axes.length === 1, () =>
    `expects one axis, found ${axes.length}. The file may be damaged; re-export it.`);
  return axisOf(axes[0] ?? 0, operator.inputs[0]?.shape.length ?? 0);
}

/** Elements before, along and after a dimension. */
export function extentOf({ shape }: Pick<Tensor, "shape">, axis: number) {
  return {
    outer: elementCount(shape.slice(0, axis)),
    depth: shape[axis] ?? 1,
    inner: elementCount(shape.slice(axis + 1)),
  };
}

/** The loops of a kernel that runs over the values along `axis` for each index of the other dimensions. */
export function alongArguments(tensor: Tensor, axis: number, { reverse = false } = {}): Argument[] {
  const { outer, depth, inner } = extentOf(tensor, axis);
  const row = inner * elementBytes(tensor.dtype);
  return [
    { name: "outer", literal: outer },
    { name: "outer_step", literal: outer === 1 ? 0 : (depth - 1) * row },
    { name: "inner", literal: inner },
    { name: "depth", literal: depth },
    { name: "depth_step", literal: reverse ? -row : row },
  ];
}

/** For references: the element indices along `axis`, for each index of the other dimensions in order. */
export function* linesOf(tensor: Pick<Tensor, "shape">, axis: number): Generator<number[]> {
  const { outer, depth, inner } = extentOf(tensor, axis);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++)
      yield Array.from({ length: depth }, (_, d) => (o * depth + d) * inner + i);
  }
}
