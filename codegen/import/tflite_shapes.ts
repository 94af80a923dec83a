/** Gives the inputs of a .tflite file the shapes that the user asks for, and all that follows from them. */

import { MoteError, OperatorFault } from "../error.ts";
import { type Graph, layerOf, type Operator, placeOf } from "../graph/graph.ts";
import { dimensions, type Tensor, tensorBytes } from "../graph/tensor.ts";
import type { OperatorDescriptor } from "../ops/descriptor.ts";

/** Shapes of inputs by name, as `--shape` gives them. */
export type InputShapes = Readonly<Record<string, readonly number[]>>;

/** More than any network for a small device: bytes of one tensor. */
const MAX_BYTES = 2 ** 28;

/** The tensors with the inputs' new shapes. Throws a `MoteError` on a name that no input has, and on another rank. */
export function withInputShapes(
  graph: Pick<Graph, "file" | "tensors" | "inputs">,
  shapes: InputShapes,
): Tensor[] {
  const tensors = [...graph.tensors];
  for (const [name, shape] of Object.entries(shapes)) {
    const id = graph.inputs.find((input) => tensors[input]?.name === name);
    const tensor = tensors[id ?? -1];
    const names = graph.inputs.map((input) => `"${tensors[input]?.name}"`).join(", ");
    if (id === undefined || !tensor) {
      throw new MoteError(
        "bad-option",
        "mote",
        `--shape names no input "${name}" of ${graph.file}. Its inputs are: ${names}.`,
      );
    }
    const sound = shape.every((size) => Number.isSafeInteger(size) && size >= 1);
    if (!sound || shape.length !== tensor.shape.length || tensorBytes({ ...tensor, shape }) > MAX_BYTES) {
      throw new MoteError(
        "bad-option",
        "mote",
        `--shape gives input "${name}" of ${graph.file} ${dimensions(shape)}, expected ${tensor.shape.length} dimensions of at least 1 and at most ${MAX_BYTES} bytes.`,
      );
    }
    tensors[id] = { ...tensor, shape };
  }
  return tensors;
}

/** Gives the outputs of an operator the shapes that follow from its inputs', in `tensors`. */
export function inferShapes(
  graph: Pick<Graph, "file"> & { readonly tensors: Tensor[] },
  operator: Operator,
  descriptor: OperatorDescriptor,
): void {
  const { attributes, inputs } = layerOf(graph, operator);
  const refusal = (sentence: string) =>
    new MoteError("unsupported-operator", placeOf(graph, operator), sentence);
  if (!descriptor.shapes)
    throw refusal(
      "expects the shapes that its file has, found other ones by --shape. Export the model with fixed shapes.",
    );
  try {
    descriptor.shapes({ attributes, inputs }).forEach((shape, index) => {
      const id = operator.outputs[index] ?? -1;
      const tensor = graph.tensors[id];
      if (!tensor) return;
      if (shape.some((size) => !(size >= 1)) || tensorBytes({ ...tensor, shape }) > MAX_BYTES)
        throw refusal(
          `makes ${dimensions(shape)} of the shapes that --shape gives, expected dimensions of at least 1. Give other ones.`,
        );
      graph.tensors[id] = { ...tensor, shape };
    });
  } catch (error) {
    if (error instanceof OperatorFault) throw refusal(error.sentence);
    throw error;
  }
}
