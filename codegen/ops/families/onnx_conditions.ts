/** ONNX's comparisons, connectives and Where. */

import type { OnnxSpelling } from "../onnx_spelling.ts";
import { broadcastShapes } from "./onnx_shapes.ts";

/** What is true or false of broadcast elements. */
const predicate = (name: string, holds: (a: number, b: number) => boolean) => ({
  name,
  shapes: broadcastShapes,
  type: () => "bool" as const,
  real:
    () =>
    (a = 0, b = 0) =>
      Number(holds(a, b)),
});

type Relation = "less" | "less_equal" | "greater" | "greater_equal" | "equal";

function relation(
  name: string,
  attribute: Relation,
  holds: (a: number, b: number) => boolean,
): OnnxSpelling<{ readonly relation: Relation }> {
  return {
    ...predicate(name, holds),
    read(node) {
      const { operands, storage } = node.together([0, 1]);
      return { attributes: { relation: attribute }, inputs: operands, outputs: [storage] };
    },
  };
}

export const ONNX_RELATIONS = [
  relation("Less", "less", (a, b) => a < b),
  relation("LessOrEqual", "less_equal", (a, b) => a <= b),
  relation("Greater", "greater", (a, b) => a > b),
  relation("GreaterOrEqual", "greater_equal", (a, b) => a >= b),
  relation("Equal", "equal", (a, b) => a === b),
];

type Connective = "and" | "or" | "not";

function connective(
  name: string,
  attribute: Connective,
  connect: (a: number, b: number) => boolean,
): OnnxSpelling<{ readonly connective: Connective }> {
  return {
    ...predicate(name, connect),
    read(node) {
      const { operands, storage } = node.together(node.inputs.map((_, position) => position));
      return { attributes: { connective: attribute }, inputs: operands, outputs: [storage] };
    },
  };
}

export const ONNX_CONNECTIVES = [
  connective("And", "and", (a, b) => a !== 0 && b !== 0),
  connective("Or", "or", (a, b) => a !== 0 || b !== 0),
  connective("Not", "not", (a) => a === 0),
];

/** Elements of input 1 where input 0 is true, else of input 2. */
export const ONNX_WHERE: OnnxSpelling<{ readonly leading: boolean }> = {
  name: "Where",
  quantized: [
    {
      name: "QLinearWhere",
      domain: "com.microsoft",
      inputs: [{ plain: 0 }, [1, 2, 3], [4, 5, 6]],
      output: [7, 8],
    },
  ],
  shapes: broadcastShapes,
  type: (node) => node.inputs[1]?.type ?? "float32",
  real:
    () =>
    (condition = 0, a = 0, b = 0) =>
      condition ? a : b,
  coding: "keeps",
  carries: [1, 2],
  floats: [0],
  read(node) {
    const { operands, storage } = node.together([0, 1, 2]);
    return { attributes: { leading: false }, inputs: operands, outputs: [storage] };
  },
};
