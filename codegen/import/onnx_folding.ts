/** Folds what follows a convolution or product without a quantization between them: factors, summands, activations. */

import { sameCoding } from "../graph/coding.ts";
import { activationWithin } from "../ops/families/activation.ts";
import type { ChannelFold } from "../ops/onnx_spelling.ts";
import { activationsOf, readersOf } from "./onnx_coding.ts";
import { type Known, type Net, type NetNode, type Value, viewOf } from "./onnx_net.ts";

/** Removes the nodes that become part of the one before them. */
export function foldFollowers(net: Net, affine: Known | undefined): void {
  const readers = readersOf(net);
  const outputs = new Set(net.outputs.map(({ value }) => value));
  const removed = new Set<NetNode>();
  const follower = (node: NetNode): { value: Value; reader: NetNode } | undefined => {
    const [value] = node.outputs;
    const [reader, ...others] = (value && readers.get(value)) ?? [];
    if (!value || !reader || others.length > 0 || outputs.has(value) || node.outputs.length > 1)
      return undefined;
    return { value, reader };
  };
  for (const node of net.nodes) {
    if (removed.has(node)) continue;
    becomeAffine(node, affine);
    for (let next = follower(node); next; next = follower(node)) {
      if (!foldScale(node, next.value, next.reader) && !foldActivation(node, next.value, next.reader)) break;
      removed.add(next.reader);
      node.outputs.splice(0, 1, ...next.reader.outputs);
    }
  }
  const kept = net.nodes.filter((node) => !removed.has(node));
  net.nodes.splice(0, net.nodes.length, ...kept);
}

/**
 * An elementwise operator that does something linear to each channel becomes one that can do anything linear to each, where
 * nothing codes its result or where it is that operator already.
 */
function becomeAffine(node: NetNode, affine: Known | undefined): void {
  const { spelling, inputs, outputs } = node;
  const [value] = activationsOf(node);
  const [output] = outputs;
  if (!affine || !spelling.linear || !value || !output || (output.coding && !spelling.affine)) return;
  const vector = inputs.find((input) => input?.constant && input.constant.values.length > 1);
  if (!vector && !spelling.affine) return;
  const along = vector
    ? vector.shape.findIndex((size) => size > 1) - vector.shape.length + value.shape.length
    : 1;
  const fold = channelFold(node, value, spelling.channelwise ? 1 : along);
  if (!fold) return;
  node.fold = fold;
  if (spelling.affine) return;
  Object.assign(node, { ...affine, candidates: [affine], inputs: [value] });
}

/** Works a following factor and summand for each channel into a node that can have them. */
function foldScale(node: NetNode, value: Value, reader: NetNode): boolean {
  const channels = node.spelling.affine ? node.fold?.axis : node.spelling.channels;
  if (channels === undefined || value.coding || node.activation !== "none") return false;
  const axis = channels < 0 ? channels + value.shape.length : channels;
  const fold = channelFold(reader, value, axis);
  if (!fold) return false;
  const before = node.fold;
  node.fold = {
    axis,
    factors: fold.factors.map((factor, c) => factor * (before?.factors[c] ?? 1)),
    summands: fold.summands.map(
      (summand, c) => summand + (fold.factors[c] ?? 1) * (before?.summands[c] ?? 0),
    ),
  };
  return true;
}

/** What an elementwise node does to each channel of `value`, where it is linear in it and all else is constant. */
function channelFold(node: NetNode, value: Value, axis: number): ChannelFold | undefined {
  const { spelling, inputs, outputs } = node;
  const position = inputs.indexOf(value);
  const real = spelling.linear?.includes(position) ? spelling.real?.(viewOf(node)) : undefined;
  if (!real || activationsOf(node).length !== 1 || inputs.lastIndexOf(value) !== position) return undefined;
  const count = value.shape[axis] ?? 1;
  if (outputs.length !== 1 || outputs[0]?.shape.join() !== value.shape.join()) return undefined;
  const columns = inputs.map((input, k) => {
    if (k === position || !input) return () => Number.NaN;
    const values = input.constant?.values ?? [];
    if (values.length === 1) return () => values[0] ?? 0;
    const expected = spelling.channelwise ? [count] : value.shape.map((_, d) => (d === axis ? count : 1));
    const aligned = expected.slice(expected.length - input.shape.length).join();
    const whole = values.length === count && aligned === input.shape.join();
    return whole ? (channel: number) => values[channel] ?? 0 : undefined;
  });
  if (columns.some((column) => !column) || (spelling.channelwise && axis !== 1)) return undefined;
  const at = (channel: number, operand: number) =>
    real(...columns.map((column, k) => (k === position ? operand : (column?.(channel) ?? 0))));
  const summands = Array.from({ length: count }, (_, channel) => at(channel, 0));
  const factors = summands.map((summand, channel) => at(channel, 1) - summand);
  return [...summands, ...factors].every(Number.isFinite) ? { axis, factors, summands } : undefined;
}

/** Works a following activation into a node that can have it, where it doesn't change the coding. */
function foldActivation(node: NetNode, value: Value, reader: NetNode): boolean {
  const bounds = reader.spelling.bounds?.(viewOf(reader));
  if (!bounds || !node.spelling.activates || node.activation !== "none") return false;
  if (!sameCoding(value.coding, reader.outputs[0]?.coding)) return false;
  const activation = activationWithin(...bounds);
  if (!activation) return false;
  node.activation = activation;
  return true;
}
