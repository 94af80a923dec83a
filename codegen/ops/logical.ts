/** LOGICAL_AND, LOGICAL_OR and LOGICAL_NOT of truth values, any byte but 0 being true (TFLite Micro: logical_common.cc). */

import { require } from "../error.ts";
import { elementCount } from "../graph/tensor.ts";
import { defineOperator, type Layer, type TfliteSpelling } from "./descriptor.ts";
import { checkBroadcast, mapPairs } from "./families/binary.ts";
import { binaryCalls, elementOverlap } from "./families/binary_nest.ts";
import { broadcastShape } from "./families/broadcast.ts";
import { ONNX_CONNECTIVES } from "./families/onnx_conditions.ts";

type Connective = "and" | "or" | "not";

interface LogicalAttributes {
  readonly connective: Connective;
}

type Logical = Layer<LogicalAttributes>;

/** Numbers in `plain` of assembly/binary/elements.ts. */
const CODES: Readonly<Record<Connective, number>> = { and: 9, or: 10, not: 11 };

/** The operands; the only one of NOT twice. */
function tensorsOf(layer: Logical) {
  const [a, second] = layer.inputs;
  const [output] = layer.outputs;
  const count = layer.attributes.connective === "not" ? 1 : 2;
  const b = count === 1 ? a : second;
  require(layer.inputs.length === count && layer.outputs.length === 1 && !!a && !!b && !!output, () =>
    `expects ${count} input${count === 1 ? "" : "s"} and 1 output, found ${layer.inputs.length} and ${layer.outputs.length}. The file may be damaged; re-export it.`);
  return { a, b, output };
}

function connect(connective: Connective, x: boolean, y: boolean): boolean {
  if (connective === "not") return !x;
  return connective === "and" ? x && y : x || y;
}

const spelling = (code: number, connective: Connective): TfliteSpelling<LogicalAttributes> => ({
  code,
  name: `LOGICAL_${connective.toUpperCase()}`,
  read: () => ({ attributes: { connective } }),
});

export const logical = defineOperator<LogicalAttributes>({
  kind: "logical",
  tflite: [spelling(84, "or"), spelling(86, "and"), spelling(87, "not")],
  onnx: ONNX_CONNECTIVES,
  check(layer) {
    const { a, b, output } = tensorsOf(layer);
    require([a, b, output].every(({ dtype }) => dtype === "bool"), () =>
      `expects bool tensors, found ${a.dtype}, ${b.dtype} and ${output.dtype}. Re-export the model.`);
    checkBroadcast([a, b], output);
  },
  shapes: ({ inputs }) => [broadcastShape(...inputs.map((tensor) => tensor?.shape ?? []))],
  traits: { broadcasts: () => true },
  evaluate(layer, [left, right]) {
    const { a, b } = tensorsOf(layer);
    const { connective } = layer.attributes;
    const element = (x: number | bigint, y: number | bigint) =>
      Number(connect(connective, Number(x) !== 0, Number(y) !== 0));
    return [mapPairs(a, b, "bool", left, connective === "not" ? left : right, element)];
  },
  variants: [
    {
      name: "binary_plain",
      file: "binary/plain",
      fits: () => true,
      cost: (layer) => elementCount(tensorsOf(layer).output.shape) * 5,
      overlap: elementOverlap,
      calls(layer) {
        const { connective } = layer.attributes;
        const head = [
          { name: "operation", literal: CODES[connective] },
          { name: "bytes", literal: 1 },
          { name: "output_bytes", literal: 1 },
        ];
        return binaryCalls(layer, head, [], connective === "not" ? [0, 0] : [0, 1]);
      },
    },
  ],
  limits: "bool; any broadcast",
});
