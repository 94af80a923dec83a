/** ONNX's DepthToSpace and SpaceToDepth: transpositions between reshapes. */

import { require } from "../../error.ts";
import { shapeText } from "../../graph/tensor.ts";
import type { OnnxNode, OnnxSpelling } from "../onnx_spelling.ts";
import { inputShape } from "./onnx_shapes.ts";

function sizesOf(node: OnnxNode): { n: number; c: number; h: number; w: number; b: number } {
  const shape = inputShape(node);
  const [n = 1, c = 1, h = 1, w = 1] = shape;
  const b = node.integer("blocksize", 1);
  require(shape.length === 4 && b >= 1 && b <= 4096, () =>
    `expects an input of 4 dimensions and a blocksize from 1, found ${shapeText({ shape })} and ${b}. The file may be damaged; re-export it.`);
  return { n, c, h, w, b };
}

/** Throws an `OperatorFault` unless blocks divide the sizes. */
function divided(size: number, by: number): number {
  require(size % by === 0, () =>
    `expects sizes that its blocks of ${by} divide, found ${size}. The file may be damaged; re-export it.`);
  return size / by;
}

export const ONNX_DEPTH_TO_SPACE: OnnxSpelling<never> = {
  name: "DepthToSpace",
  shapes(node) {
    const { n, c, h, w, b } = sizesOf(node);
    return [[n, divided(c, b * b), h * b, w * b]];
  },
  rearranges(node) {
    const { n, c, h, w, b } = sizesOf(node);
    const depth = divided(c, b * b);
    const whole = { shape: [n, depth, h * b, w * b] };
    if (node.text("mode", "DCR") === "CRD")
      return [{ shape: [n, depth, b, b, h, w] }, { permutation: [0, 1, 4, 2, 5, 3] }, whole];
    return [{ shape: [n, b, b, depth, h, w] }, { permutation: [0, 3, 4, 1, 5, 2] }, whole];
  },
};

export const ONNX_SPACE_TO_DEPTH: OnnxSpelling<never> = {
  name: "SpaceToDepth",
  shapes(node) {
    const { n, c, h, w, b } = sizesOf(node);
    return [[n, c * b * b, divided(h, b), divided(w, b)]];
  },
  rearranges(node) {
    const { n, c, h, w, b } = sizesOf(node);
    const [rows, columns] = [divided(h, b), divided(w, b)];
    return [
      { shape: [n, c, rows, b, columns, b] },
      { permutation: [0, 3, 5, 1, 2, 4] },
      { shape: [n, c * b * b, rows, columns] },
    ];
  },
};
