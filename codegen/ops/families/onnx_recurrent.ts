/** ONNX's RNN, GRU and LSTM: one operator a direction, joined where there are two (ONNX: Operators.md). */

import { require } from "../../error.ts";
import { type Coding, codedAs } from "../../graph/coding.ts";
import type { Groups } from "../../graph/layout.ts";
import type { OnnxNode, OnnxOperand, OnnxReader, OnnxResults, OnnxSpelling } from "../onnx_spelling.ts";
import { biases, initial, kept, matrix, type RecurrentSizes } from "./onnx_recurrent_constants.ts";
import { inputShape } from "./onnx_shapes.ts";
import type { RecurrentAttributes, RecurrentResult } from "./recurrent.ts";

/** What the state has where the file doesn't say: int16 in steps of 2^-15. */
const STATE: Coding = { dtype: "int16", scale: 2 ** -15, zeroPoint: 0 };
const RESULTS: readonly RecurrentResult[] = ["sequence", "last", "cell"];

/** How one of the three is spelled. */
interface Recurrence<A> {
  readonly kind: string;
  readonly name: string;
  readonly gates: number;
  readonly activations: readonly string[];
  /** Whether it has a cell beside its state. */
  readonly cell?: true;
  readonly more: (node: OnnxNode) => Omit<A, keyof RecurrentAttributes>;
}

function sizesOf(node: OnnxNode, gates: number): RecurrentSizes {
  const input = inputShape(node);
  const state = inputShape(node, 2);
  const batchFirst = node.integer("layout", 0) === 1;
  const [first = 1, second = 1, depth = 1] = input;
  const [directions = 1, rows = 0, units = 0] = state;
  const wanted = node.text("direction", "forward") === "bidirectional" ? 2 : 1;
  require(input.length === 3 &&
    state.length === 3 &&
    rows === gates * units &&
    directions === wanted &&
    units > 0, () =>
    `expects an input of 3 dimensions and state weights of ${wanted}×${gates * units}×${units}, found ${input.join("×")} and ${state.join("×")}. The file may be damaged; re-export it.`);
  const [steps, batches] = batchFirst ? [second, first] : [first, second];
  return { steps, batches, depth, units, directions, batchFirst };
}

/** Shapes of all states, of the last one and, for LSTM, of the last cell. */
function shapesOf(node: OnnxNode, gates: number): number[][] {
  const { steps, batches, units, directions, batchFirst } = sizesOf(node, gates);
  const last = batchFirst ? [batches, directions, units] : [directions, batches, units];
  const sequence = batchFirst ? [batches, steps, directions, units] : [steps, directions, batches, units];
  return [sequence, last, last];
}

/** Throws an `OperatorFault` on options that the kernels don't have. */
function checkOptions<A>(
  node: OnnxNode,
  { activations }: Recurrence<A>,
  { steps, directions }: RecurrentSizes,
): void {
  const wanted = Array.from({ length: directions }, () => activations).flat();
  const given = node.texts("activations") ?? wanted;
  require(given.join().toLowerCase() === wanted.join().toLowerCase(), () =>
    `expects the activations ${activations.join(", ")}, found ${given.join(", ")}. Train the layer with its standard activations.`);
  require(node.float("clip", 0) === 0 && node.integer("input_forget", 0) === 0 && !node.inputs[7], () =>
    "expects a layer without clip, input_forget and peepholes, found one with them. Train the layer without them.");
  const lengths = node.inputs[4];
  const whole = lengths?.constant && Array.from(lengths.constant.values).every((length) => length === steps);
  require(!lengths || whole === true, () =>
    "expects sequences of one length, found sequence_lens. Export the model for sequences of one length.");
}

function read<A extends RecurrentAttributes>(node: OnnxReader, recurrence: Recurrence<A>): OnnxResults {
  const { kind, gates } = recurrence;
  const sizes = sizesOf(node, gates);
  const { steps, batches, depth, units, directions, batchFirst } = sizes;
  checkOptions(node, recurrence, sizes);
  const [time, batch] = batchFirst ? [1, 0] : [0, 1];
  // Whichever order x has in memory is as good as the other.
  const order = node.order(0);
  const timeMajor = order.indexOf(time) < order.indexOf(batch);
  const x = node.arranged(0, timeMajor ? [[time], [batch], [2]] : [[batch], [time], [2]]);
  const returns = RESULTS.filter((_, position) => node.wanted(position));
  const named = node.text("direction", "forward");
  const parts = Array.from({ length: directions }, (_, direction) => {
    const operands = [
      x,
      matrix(node, 1, direction, gates * units, depth),
      matrix(node, 2, direction, gates * units, units),
      biases(node, direction, 2 * gates * units),
      ...(node.stateful
        ? kept(node, recurrence.cell ?? false, sizes)
        : [initial(node, 5, direction, sizes), initial(node, 6, direction, sizes)]),
    ];
    while (operands.at(-1) === undefined) operands.pop();
    const states = node.stateful ? operands.slice(4).filter((operand) => operand !== undefined) : [];
    const attributes = {
      reverse: named === "reverse" || direction === 1,
      timeMajor,
      returns,
      stateful: node.stateful,
      ...recurrence.more(node),
    };
    const shapes = {
      sequence: timeMajor ? [steps, batches, units] : [batches, steps, units],
      last: [batches, units],
      cell: [batches, units],
    };
    const outputs = returns.map((result) => ({ shape: shapes[result], ...codedAs(codingOf(node, result)) }));
    const name = `${node.outputs[0]?.name ?? ""}${direction || ""}`;
    return node.emit(kind, attributes, operands, outputs, name, states);
  });
  // Directions come before units in memory, so the file's dimensions are [time, batch, direction, unit] in some order.
  const groups: Readonly<Record<RecurrentResult, Groups>> = batchFirst
    ? {
        sequence: timeMajor ? [[1], [0], [2, 3]] : [[0], [1], [2, 3]],
        last: [[0], [1, 2]],
        cell: [[0], [1, 2]],
      }
    : {
        sequence: timeMajor ? [[0], [2], [1, 3]] : [[2], [0], [1, 3]],
        last: [[1], [0, 2]],
        cell: [[1], [0, 2]],
      };
  return {
    results: RESULTS.map((result) => {
      const at = returns.indexOf(result);
      const [first, second] = parts.map((part) => part[at]);
      if (!first) return undefined;
      const operand = second ? joined(node, [first, second]) : first;
      return { operand, storage: groups[result] };
    }),
  };
}

/** Both directions of a result, side by side in the last dimension. */
function joined(node: OnnxReader, parts: readonly [OnnxOperand, OnnxOperand]): OnnxOperand {
  const [{ tensor }] = parts;
  const axis = tensor.shape.length - 1;
  const shape = tensor.shape.map((size, d) => (d === axis ? 2 * size : size));
  const { dtype, quantization } = tensor;
  const output = { shape, dtype, ...(quantization ? { quantization } : {}) };
  const [whole] = node.emit("concatenation", { axis }, parts, [output], `${tensor.name}/directions`);
  if (!whole) throw new RangeError("an operator without output");
  return whole;
}

/** The coding of a result; the sequence and the last state have one. */
function codingOf(node: OnnxReader, result: RecurrentResult): Coding {
  const own = node.outputs[RESULTS.indexOf(result)]?.coding;
  const [sequence, last] = [0, 1].map((position) =>
    node.wanted(position) ? node.outputs[position]?.coding : undefined,
  );
  const coding = result === "cell" ? own : (sequence ?? last ?? STATE);
  require(!!coding, () =>
    "expects a QuantizeLinear after its last cell, found none. Quantize it first: this tensor too, with calibration data (quantize_static).");
  return coding;
}

/** How ONNX spells a recurrent operator. */
export function onnxRecurrent<A extends RecurrentAttributes>(recurrence: Recurrence<A>): OnnxSpelling<A> {
  return {
    name: recurrence.name,
    shapes: (node) => shapesOf(node, recurrence.gates).slice(0, recurrence.name === "LSTM" ? 3 : 2),
    coding: [STATE, STATE, undefined],
    floats: [0],
    read: (node) => read(node, recurrence),
  };
}
