/** SPLIT: a tensor cut into equal parts along one dimension (TFLite Micro: split.cc). */

import { require } from "../error.ts";
import { elementBytes, elementCount, shapeText, type Tensor } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { checkMoves, kernelMoves, type Move, moveVariants } from "./families/move.ts";
import { axisOf, checkSameType, constantNumbers } from "./families/parameters.ts";

interface SplitAttributes {
  readonly axis: number;
}

type Split = Layer<SplitAttributes>;

function sizesOf(layer: Split): { input: Tensor; size: number; outer: number; run: number } {
  const { axis } = layer.attributes;
  const [input] = layer.inputs;
  require(layer.inputs.length === 1 && !!input && layer.outputs.length > 0, () =>
    `expects one input and at least one output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  const size = (input.shape[axis] ?? 1) / layer.outputs.length;
  const inner = elementCount(input.shape.slice(axis + 1)) * elementBytes(input.dtype);
  return { input, size, outer: elementCount(input.shape.slice(0, axis)), run: size * inner };
}

function movesOf(layer: Split): Move[] {
  const { outer, run } = sizesOf(layer);
  return layer.outputs.flatMap((_, output) =>
    kernelMoves({
      input: 0,
      output,
      inputOffset: output * run,
      outputOffset: 0,
      run,
      levels: [{ count: outer, inputStep: run * layer.outputs.length, outputStep: run }],
    }),
  );
}

export const split = defineOperator<SplitAttributes>({
  kind: "split",
  tflite: [
    {
      code: 49,
      name: "SPLIT",
      options: { parts: { id: 0, type: "int32" } },
      read(operator) {
        const [axis = 0] = constantNumbers(operator.inputs[0], "axis");
        require(operator.option("parts") === operator.outputs.length, () =>
          `expects ${operator.option("parts")} outputs, found ${operator.outputs.length}. The file may be damaged; re-export it.`);
        return { attributes: { axis: axisOf(axis, operator.inputs[1]?.shape.length ?? 0) }, inputs: [1] };
      },
    },
  ],
  check(layer) {
    const { axis } = layer.attributes;
    const { input, size } = sizesOf(layer);
    const expected = input.shape.map((dimension, d) => (d === axis ? size : dimension));
    for (const output of layer.outputs) {
      require(expected.join() === output.shape.join(), () =>
        `expects ${layer.outputs.length} equal parts of ${shapeText(input)} along dimension ${axis}, found ${shapeText(output)}. The file may be damaged; re-export it.`);
      checkSameType(input, output);
    }
    checkMoves(movesOf(layer));
  },
  traits: {
    copies(layer) {
      const { outer, run } = sizesOf(layer);
      if (outer !== 1) return [];
      return layer.outputs.map((_, output) => ({ input: 0, output, inside: "input", offset: output * run }));
    },
  },
  evaluate(layer, [values]) {
    const { axis } = layer.attributes;
    const { input, size } = sizesOf(layer);
    return layer.outputs.map((output, part) =>
      gather(output, (index) => {
        const inside = index.map((i, d) => (d === axis ? part * size + i : i));
        return values && { values, at: flatIndex(input.shape, inside) };
      }),
    );
  },
  // Where every output is one run, the first lies in the input at or before where it goes to.
  variants: moveVariants<SplitAttributes>(movesOf, (layer) => (sizesOf(layer).outer === 1 ? 0 : undefined)),
  limits: "any type; equal parts; at most 64 outputs",
});
