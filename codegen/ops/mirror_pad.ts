/** MIRROR_PAD: a border that mirrors what is beside it (TFLite Micro: mirror_pad.cc). */

import { require } from "../error.ts";
import { elementBytes } from "../graph/tensor.ts";
import { defineOperator, type Layer } from "./descriptor.ts";
import { checkListSizes, picking } from "./families/index_lists.ts";
import { flatIndex, gather } from "./families/index_space.ts";
import { byteStrides } from "./families/move.ts";
import { checkSameType, checkShape, constantNumbers, inputShape, oneToOne } from "./families/parameters.ts";

interface MirrorPadAttributes {
  /** Elements added before and after each dimension. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Whether the element at the edge is mirrored too. */
  readonly edge: boolean;
}

type MirrorPad = Layer<MirrorPadAttributes>;

function shapeOf(shape: readonly number[], { before, after, edge }: MirrorPadAttributes): number[] {
  return shape.map((size, d) => {
    const [front = 0, behind = 0] = [before[d], after[d]];
    const most = edge ? size : size - 1;
    require(before.length === shape.length && front <= most && behind <= most, () =>
      `expects paddings of at most ${most} in dimension ${d}, which has nothing more to mirror, found ${front} and ${behind}. The file may be damaged; re-export it.`);
    return front + size + behind;
  });
}

/** Where index `at` of a padded dimension comes from. */
function mirrored(at: number, size: number, before: number, edge: boolean): number {
  const inside = at - before;
  if (inside < 0) return edge ? -1 - inside : -inside;
  if (inside < size) return inside;
  return 2 * size - (edge ? 1 : 2) - inside;
}

/** For each dimension of the output the indices of the input. */
function indicesOf(layer: MirrorPad): number[][] {
  const { input, output } = oneToOne(layer);
  const { before, edge } = layer.attributes;
  return output.shape.map((count, d) =>
    Array.from({ length: count }, (_, at) => mirrored(at, input.shape[d] ?? 1, before[d] ?? 0, edge)),
  );
}

const picked = picking<MirrorPadAttributes>((layer) => {
  const { input } = oneToOne(layer);
  const steps = byteStrides(input.shape, elementBytes(input.dtype));
  return indicesOf(layer).map((indices, d) => indices.map((index) => index * (steps[d] ?? 0)));
});

export const mirrorPad = defineOperator<MirrorPadAttributes>({
  kind: "mirror_pad",
  tflite: [
    {
      code: 100,
      name: "MIRROR_PAD",
      options: { mode: { id: 0, type: "int8" } },
      read(operator) {
        const rank = operator.inputs[0]?.shape.length ?? 0;
        const numbers = constantNumbers(operator.inputs[1], "paddings");
        require(numbers.length === 2 * rank && numbers.every((n) => n >= 0), () =>
          `expects two paddings from 0 for each of ${rank} dimensions, found ${numbers.slice(0, 16).join(" ")}. The file may be damaged; re-export it.`);
        const mode = operator.option("mode");
        require(mode === 0 || mode === 1, () =>
          `expects mode REFLECT or SYMMETRIC (0 or 1), found ${mode}. The file may be damaged; re-export it.`);
        return {
          attributes: {
            before: numbers.filter((_, i) => i % 2 === 0),
            after: numbers.filter((_, i) => i % 2 === 1),
            edge: mode === 1,
          },
          inputs: [0],
        };
      },
    },
  ],
  check(layer) {
    const { input, output } = oneToOne(layer);
    checkShape(output, shapeOf(input.shape, layer.attributes));
    checkSameType(input, output);
    checkListSizes(output.shape);
    picked.check(layer);
  },
  shapes: (layer) => [shapeOf(inputShape(layer), layer.attributes)],
  traits: {
    channels: ({ attributes: { before, after } }) =>
      before.at(-1) === 0 && after.at(-1) === 0 ? "each" : undefined,
    copies: picked.copies,
  },
  evaluate(layer, [values]) {
    const { input, output } = oneToOne(layer);
    const indices = indicesOf(layer);
    return [
      gather(output, (index) => {
        const source = index.map((i, d) => indices[d]?.[i] ?? 0);
        return values && { values, at: flatIndex(input.shape, source) };
      }),
    ];
  },
  variants: picked.variants,
  limits: "any type; constant paddings",
});
