/** Tensors joined along one dimension, or cut along it: CONCATENATION and SPLIT, PACK and UNPACK. */

import { require } from "../../error.ts";
import { elementBytes, elementCount, type Tensor } from "../../graph/tensor.ts";
import type { Copy, Layer, Values } from "../descriptor.ts";
import { flatIndex, gather } from "./index_space.ts";
import { collapse, type Move, moveVariants } from "./move.ts";

/** One of the tensors that make up the whole. */
export interface Piece {
  /** How many indices along the dimension, and the first of them in the whole. */
  readonly size: number;
  readonly start: number;
}

/** The whole as `outer` × `along` × `inner` elements, and the pieces, which differ from it in `along` only. */
export interface Pieces {
  readonly whole: Tensor;
  readonly outer: number;
  readonly along: number;
  readonly inner: number;
  readonly pieces: readonly Piece[];
}

/** Pieces of `sizes` along dimension `axis` of `whole`, one after another. */
export function piecesOf(whole: Tensor, axis: number, sizes: readonly number[]): Pieces {
  let end = 0;
  const pieces = sizes.map((size) => {
    end += size;
    return { size, start: end - size };
  });
  return {
    whole,
    outer: elementCount(whole.shape.slice(0, axis)),
    along: whole.shape[axis] ?? 1,
    inner: elementCount(whole.shape.slice(axis + 1)),
    pieces,
  };
}

/** The tensors of a layer that has inputs and one output. Throws an `OperatorFault` where it has others. */
export function manyToOne(layer: Pick<Layer, "inputs" | "outputs">): { inputs: Tensor[]; output: Tensor } {
  const [output] = layer.outputs;
  require(layer.outputs.length === 1 && layer.inputs.length > 0 && !!output, () =>
    `expects inputs and one output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { inputs: presentInputs(layer), output };
}

/** The inputs of a layer. Throws an `OperatorFault` where one is left out. */
export function presentInputs({ inputs }: Pick<Layer, "inputs">): Tensor[] {
  return inputs.map((tensor) => {
    require(!!tensor, () =>
      "expects every input to be there, found one left out. The file may be damaged; re-export it.");
    return tensor;
  });
}

/** The tensors of a layer that has one input and outputs. Throws an `OperatorFault` where it has others. */
export function oneToMany(layer: Pick<Layer, "inputs" | "outputs">): {
  input: Tensor;
  outputs: readonly Tensor[];
} {
  const [input] = layer.inputs;
  require(layer.inputs.length === 1 && !!input && layer.outputs.length > 0, () =>
    `expects one input and at least one output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { input, outputs: layer.outputs };
}

/** Where each piece lies in the whole: the bytes before it of the first outer index, and how many there are of each. */
function runsOf({ whole, inner, pieces }: Pieces): { offset: number; run: number }[] {
  const bytes = inner * elementBytes(whole.dtype);
  return pieces.map(({ size, start }) => ({ offset: start * bytes, run: size * bytes }));
}

function movesOf(pieces: Pieces, whole: "input" | "output"): Move[] {
  const step = pieces.along * pieces.inner * elementBytes(pieces.whole.dtype);
  return runsOf(pieces).map(({ offset, run }, index) =>
    collapse({
      input: whole === "input" ? 0 : index,
      output: whole === "output" ? 0 : index,
      inputOffset: whole === "input" ? offset : 0,
      outputOffset: whole === "output" ? offset : 0,
      run,
      levels: [
        {
          count: pieces.outer,
          inputStep: whole === "input" ? step : run,
          outputStep: whole === "output" ? step : run,
        },
      ],
    }),
  );
}

function copiesOf(pieces: Pieces, inside: "input" | "output"): Copy[] {
  if (pieces.outer !== 1) return [];
  return runsOf(pieces).map(({ offset }, index) =>
    inside === "input"
      ? { input: 0, output: index, inside, offset }
      : { input: index, output: 0, inside, offset },
  );
}

/** What an operator that joins its inputs to one output has, given how they lie in it. */
export function joining<A>(piecesOfLayer: (layer: Layer<A>) => Pieces) {
  return {
    copies: (layer: Layer<A>) => copiesOf(piecesOfLayer(layer), "output"),
    evaluate(layer: Layer<A>, inputs: readonly (Values | undefined)[]): Values[] {
      const { whole, outer, along, inner, pieces } = piecesOfLayer(layer);
      return [
        gather({ ...whole, shape: [outer, along, inner] }, ([row = 0, at = 0, column = 0]) => {
          const which = pieces.findIndex(({ start, size }) => at < start + size);
          const [piece, values] = [pieces[which], inputs[which]];
          if (!piece || !values) return undefined;
          return { values, at: flatIndex([outer, piece.size, inner], [row, at - piece.start, column]) };
        }),
      ];
    },
    // Where all inputs are one run, those before this one are written first, up to where its own copy starts.
    variants: moveVariants<A>(
      (layer) => movesOf(piecesOfLayer(layer), "output"),
      (layer, index): number | undefined => {
        const pieces = piecesOfLayer(layer);
        return pieces.outer === 1 ? runsOf(pieces)[index]?.offset : undefined;
      },
    ),
  };
}

/** What an operator that cuts its input into outputs has, given how they lie in it. */
export function cutting<A>(piecesOfLayer: (layer: Layer<A>) => Pieces) {
  return {
    copies: (layer: Layer<A>) => copiesOf(piecesOfLayer(layer), "input"),
    evaluate(layer: Layer<A>, [values]: readonly (Values | undefined)[]): Values[] {
      const { whole, outer, along, inner, pieces } = piecesOfLayer(layer);
      return pieces.map(({ size, start }) =>
        gather(
          { ...whole, shape: [outer, size, inner] },
          ([row = 0, at = 0, column = 0]) =>
            values && { values, at: flatIndex([outer, along, inner], [row, start + at, column]) },
        ),
      );
    },
    // Where every output is one run, the first lies in the input at or before where it goes to.
    variants: moveVariants<A>(
      (layer) => movesOf(piecesOfLayer(layer), "input"),
      (layer) => (piecesOfLayer(layer).outer === 1 ? 0 : undefined),
    ),
  };
}
