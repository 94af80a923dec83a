/** ONNX's Pad: a border of one value, of what lies within or of what lies opposite. */

import { require } from "../../error.ts";
import { encode } from "../../graph/coding.ts";
import type {
  OnnxNode,
  OnnxOperand,
  OnnxReader,
  OnnxReading,
  OnnxResults,
  OnnxSpelling,
} from "../onnx_spelling.ts";
import type { PadAttributes } from "../pad.ts";
import { constantInput, inputShape, numbersInput } from "./onnx_shapes.ts";
import { axisOf } from "./parameters.ts";

const MODES: readonly string[] = ["constant", "reflect", "edge", "wrap"];
const MAX_PADDING = 65535;

interface Paddings {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

function modeOf(node: OnnxNode): string {
  const mode = node.text("mode", "constant");
  require(MODES.includes(mode), () =>
    `expects mode ${MODES.join(", ")}, found ${mode}. The file may be damaged; re-export it.`);
  return mode;
}

/** Cells before and after each dimension. */
function paddingsOf(node: OnnxNode): Paddings {
  const { length } = inputShape(node);
  const pads = Array.from(constantInput(node, 1, "pads").values);
  const axes = (numbersInput(node, 3, "axes") ?? Array.from({ length }, (_, d) => d)).map((axis) =>
    axisOf(axis, length),
  );
  require(pads.length === 2 * axes.length && pads.every((pad) => pad >= 0 && pad <= MAX_PADDING), () =>
    `expects two paddings from 0 to ${MAX_PADDING} for each of ${axes.length} dimensions, found ${pads.slice(0, 16).join(" ")}. Slice instead of padding by less than 0.`);
  const [before, after] = [new Array<number>(length).fill(0), new Array<number>(length).fill(0)];
  axes.forEach((axis, k) => {
    before[axis] = pads[k] ?? 0;
    after[axis] = pads[axes.length + k] ?? 0;
  });
  return { before, after };
}

/** The index of a dimension that each index of the padded one shows. */
function shown(mode: string, size: number, before: number, after: number): number[] {
  return Array.from({ length: before + size + after }, (_, index) => {
    const at = index - before;
    if (mode === "edge") return Math.min(Math.max(at, 0), size - 1);
    if (mode === "wrap") return ((at % size) + size) % size;
    const period = Math.max(1, 2 * (size - 1));
    const turn = ((at % period) + period) % period;
    return Math.min(turn, period - turn);
  });
}

function read(node: OnnxReader): OnnxReading<PadAttributes> | OnnxResults {
  const order = node.order(0);
  const groups = order.map((dim) => [dim]);
  const input = node.arranged(0, groups);
  const all = paddingsOf(node);
  const before = order.map((dim) => all.before[dim] ?? 0);
  const after = order.map((dim) => all.after[dim] ?? 0);
  const mode = modeOf(node);
  const [output] = node.outputs;
  if (mode === "constant") {
    const border = node.inputs[2] ? (constantInput(node, 2, "value").values[0] ?? 0) : 0;
    const value = output?.coding ? encode(border, output.coding) : border;
    return { attributes: { before, after, value }, inputs: [input], outputs: [groups] };
  }
  // One dimension after the other.
  let operand: OnnxOperand = input;
  before.forEach((count, axis) => {
    const behind = after[axis] ?? 0;
    if (count + behind === 0) return;
    const { name: _, ...tensor } = operand.tensor;
    const size = tensor.shape[axis] ?? 1;
    const indices = shown(mode, size, count, behind);
    const shape = tensor.shape.map((old, d) => (d === axis ? indices.length : old));
    const attributes = { axis, batchDims: 0, constant: { indices, shape: [indices.length] } };
    const [padded] = node.emit(
      "gather",
      attributes,
      [operand],
      [{ ...tensor, shape }],
      `${output?.name ?? ""}/${axis}`,
    );
    operand = padded ?? operand;
  });
  return { results: [{ operand, storage: groups }] };
}

export const ONNX_PAD: OnnxSpelling<PadAttributes> = {
  name: "Pad",
  shapes(node) {
    const { before, after } = paddingsOf(node);
    modeOf(node);
    return [inputShape(node).map((size, d) => size + (before[d] ?? 0) + (after[d] ?? 0))];
  },
  coding: "keeps",
  read,
};
