/** CONCATENATION: tensors joined along one dimension (TFLite reference: concatenation.h; it copies, never rescales). */

import { require } from "../error.ts";
import { elementBytes, elementCount, shapeText } from "../graph/tensor.ts";
import { defineOperator, type Layer, type Tensor } from "./descriptor.ts";
import { activationOf } from "./families/activation.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { checkMoves, kernelMoves, type Move, moveVariants } from "./families/move.ts";
import { axisOf, checkSameNumbers } from "./families/parameters.ts";

interface ConcatenationAttributes {
  readonly axis: number;
}

type Concatenation = Layer<ConcatenationAttributes>;

interface Part {
  readonly tensor: Tensor;
  /** First index along the axis, and bytes of one outer index that lie before it. */
  readonly start: number;
  readonly offset: number;
  readonly run: number;
}

function partsOf(layer: Concatenation): { parts: Part[]; output: Tensor; outer: number; step: number } {
  const { axis } = layer.attributes;
  const [output] = layer.outputs;
  require(layer.outputs.length === 1 && layer.inputs.length > 0 && !!output, () =>
    `expects inputs and one output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  const inner = elementCount(output.shape.slice(axis + 1)) * elementBytes(output.dtype);
  let start = 0;
  const parts = layer.inputs.map((tensor) => {
    require(!!tensor, () =>
      "expects every input to be there, found one left out. The file may be damaged; re-export it.");
    const size = tensor.shape[axis] ?? 1;
    const part = { tensor, start, offset: start * inner, run: size * inner };
    start += size;
    return part;
  });
  return { parts, output, outer: elementCount(output.shape.slice(0, axis)), step: start * inner };
}

function movesOf(layer: Concatenation): Move[] {
  const { parts, outer, step } = partsOf(layer);
  return parts.flatMap(({ offset, run }, input) =>
    kernelMoves({
      input,
      output: 0,
      inputOffset: 0,
      outputOffset: offset,
      run,
      levels: [{ count: outer, inputStep: run, outputStep: step }],
    }),
  );
}

export const concatenation = defineOperator<ConcatenationAttributes>({
  kind: "concatenation",
  tflite: [
    {
      code: 2,
      name: "CONCATENATION",
      options: { axis: { id: 0, type: "int32" }, activation: { id: 1, type: "int8" } },
      read(operator) {
        const activation = activationOf(operator.option("activation"));
        require(activation === "none", () =>
          `expects no fused activation, found ${activation}. Export the activation as an operator of its own.`);
        return {
          attributes: { axis: axisOf(operator.option("axis"), operator.outputs[0]?.shape.length ?? 0) },
        };
      },
    },
  ],
  check(layer) {
    const { axis } = layer.attributes;
    const { parts, output } = partsOf(layer);
    for (const { tensor } of parts) {
      const expected = output.shape.map((size, d) => (d === axis ? (tensor.shape[d] ?? 1) : size));
      require(tensor.shape.length === output.shape.length && expected.join() === tensor.shape.join(), () =>
        `expects inputs that differ from its output ${shapeText(output)} along dimension ${axis} only, found ${shapeText(tensor)}. The file may be damaged; re-export it.`);
      checkSameNumbers(tensor, output);
    }
    const total = parts.reduce((sum, { tensor }) => sum + (tensor.shape[axis] ?? 1), 0);
    require(total === output.shape[axis], () =>
      `expects an output of ${total} along dimension ${axis}, found ${output.shape[axis]}. The file may be damaged; re-export it.`);
    checkMoves(movesOf(layer));
  },
  traits: {
    channels: ({ attributes, outputs }) =>
      attributes.axis === (outputs[0]?.shape.length ?? 0) - 1 ? "join" : "each",
    copies(layer) {
      const { parts, outer } = partsOf(layer);
      if (outer !== 1) return [];
      return parts.map(({ offset }, input) => ({ input, output: 0, inside: "output", offset }));
    },
  },
  evaluate(layer, inputs) {
    const { axis } = layer.attributes;
    const { parts, output } = partsOf(layer);
    return [
      gather(output, (index) => {
        const along = index[axis] ?? 0;
        const which = parts.findLastIndex(({ start }) => start <= along);
        const [part, values] = [parts[which], inputs[which]];
        if (!part || !values) return undefined;
        const inside = index.map((i, d) => (d === axis ? along - part.start : i));
        return { values, at: flatIndex(part.tensor.shape, inside) };
      }),
    ];
  },
  // Where all inputs are one run, those before this one are written first, up to where its own copy starts.
  variants: moveVariants<ConcatenationAttributes>(movesOf, (layer, index) => {
    const { parts, outer } = partsOf(layer);
    return outer === 1 ? parts[index]?.offset : undefined;
  }),
  limits:
    "any type; all inputs with the output's scale and zero point; no fused activation; at most 64 inputs",
});
