/** PAD and PADV2: a border of one value around a tensor (TFLite Micro: pad_common.cc). */

import { require } from "../error.ts";
import { elementBytes, elementCount, shapeText, tensorBytes, valuesOf } from "../graph/tensor.ts";
import {
  type Argument,
  defineOperator,
  type KernelVariant,
  type Layer,
  type Tensor,
  type TfliteOperator,
  type TfliteSpelling,
} from "./descriptor.ts";
import { zeroPointOf } from "./families/activation.ts";
import { bytePattern, constantValues, repeatsInFour } from "./families/border.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import {
  byteStrides,
  collapse,
  GRID_LEVELS,
  gridArguments,
  type Move,
  moveCost,
  nestArguments,
  nestTables,
} from "./families/move.ts";
import { ONNX_PAD } from "./families/onnx_pad.ts";
import {
  checkSameNumbers,
  checkSameType,
  checkShape,
  constantNumbers,
  inputShape,
  oneToOne,
} from "./families/parameters.ts";

export interface PadAttributes {
  /** Elements added before and after each dimension. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** The element that the border holds, as the tensor stores it: quantized where it is quantized. */
  readonly value: number;
}

type Pad = Layer<PadAttributes>;

function readPad(operator: TfliteOperator) {
  const [input, paddings, constant] = operator.inputs;
  const [output] = operator.outputs;
  const numbers = constantNumbers(paddings, "paddings");
  require(numbers.length === 2 * (input?.shape.length ?? 0) && numbers.every((n) => n >= 0), () =>
    `expects two paddings from 0 for each of ${input?.shape.length} dimensions, found ${numbers.join(" ")}. The file may be damaged; re-export it.`);
  const zero = output ? zeroPointOf(output) : 0;
  const attributes: PadAttributes = {
    before: numbers.filter((_, i) => i % 2 === 0),
    after: numbers.filter((_, i) => i % 2 === 1),
    value: constant ? constantValue(constant, output) : zero,
  };
  return { attributes, inputs: [0] };
}

/** The border's value; TFLite Micro takes it as it is, so it must be quantized as the output is. */
function constantValue(constant: Tensor, output: Tensor | undefined): number {
  require(!!output && !!constant.data && elementCount(constant.shape) === 1, () =>
    `expects one constant value, found ${constant.data ? shapeText(constant) : "a computed one"}. Re-export the model.`);
  checkSameNumbers(constant, output);
  return Number(valuesOf(constant.dtype, constant.data)[0]);
}

function paddedShape(shape: readonly number[], { before, after }: PadAttributes): number[] {
  return shape.map((size, d) => size + (before[d] ?? 0) + (after[d] ?? 0));
}

const spelling = (code: number, name: string): TfliteSpelling<PadAttributes> => ({
  code,
  name,
  read: readPad,
});

/** The copy of the input into the middle of the output. */
function moveOf(layer: Pad): Move {
  const { input, output } = oneToOne(layer);
  const run = elementBytes(input.dtype);
  const inputSteps = byteStrides(input.shape, run);
  const outputSteps = byteStrides(output.shape, run);
  return collapse({
    input: 0,
    output: 0,
    inputOffset: 0,
    outputOffset: outputSteps.reduce((sum, step, d) => sum + step * (layer.attributes.before[d] ?? 0), 0),
    run,
    levels: input.shape.map((count, d) => ({
      count,
      inputStep: inputSteps[d] ?? 0,
      outputStep: outputSteps[d] ?? 0,
    })),
  });
}

function padVariant(
  name: string,
  levels: number,
  loops: (move: Move) => readonly Argument[],
): KernelVariant<PadAttributes> {
  return {
    name,
    file: "pad/portable",
    fits: (layer) => moveOf(layer).levels.length <= levels,
    // The kernel with fewer loops where both fit.
    cost: (layer) =>
      moveCost([moveOf(layer)]) + tensorBytes(oneToOne(layer).output) / 2 + Math.min(levels, GRID_LEVELS + 1),
    calls(layer) {
      const move = moveOf(layer);
      return [
        [
          { name: "output", output: 0 },
          { name: "fill", literal: tensorBytes(oneToOne(layer).output), note: "bytes" },
          { name: "pattern", literal: bytePattern(oneToOne(layer).output.dtype, layer.attributes.value) },
          { name: "input", input: 0, offset: move.inputOffset },
          { name: "inner", output: 0, offset: move.outputOffset },
          ...loops(move),
        ],
      ];
    },
  };
}

export const pad = defineOperator<PadAttributes>({
  kind: "pad",
  tflite: [spelling(34, "PAD"), spelling(60, "PADV2")],
  onnx: [ONNX_PAD],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, paddedShape(input.shape, layer.attributes));
    require(repeatsInFour(input.dtype, layer.attributes.value), () =>
      `expects int64 to be padded with 0 or -1, found ${layer.attributes.value}. Cast to int32 before it.`);
    checkSameType(input, output);
  },
  shapes: (layer) => [paddedShape(inputShape(layer), layer.attributes)],
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const { before } = layer.attributes;
    const source = (index: readonly number[]) => {
      const inside = index.map((i, d) => i - (before[d] ?? 0));
      const within = inside.every((i, d) => i >= 0 && i < (input.shape[d] ?? 1));
      return within && values ? { values, at: flatIndex(input.shape, inside) } : undefined;
    };
    const border = constantValues(output.dtype, layer.attributes.value, elementCount(output.shape));
    return [gather(output, source, border)];
  },
  traits: {
    channels({ attributes: { before, after } }) {
      return before.at(-1) === 0 && after.at(-1) === 0 ? "each" : undefined;
    },
  },
  variants: [
    padVariant("pad", GRID_LEVELS, gridArguments),
    {
      ...padVariant("pad_nest", Infinity, (move) => nestArguments(move, 0)),
      pack: (layer) => nestTables([moveOf(layer)]),
    },
  ],
  limits: "any type; constant paddings and value; int64 with 0 or −1 only",
});
