/** Finds the coding of every value: from the file's quantization, and where it says nothing from the neighbours. */

import { type Coding, codingFor, rangeOf as rangeOfCoding, sameCoding } from "../graph/coding.ts";
import { endsOf } from "../graph/ends.ts";
import { type Interval, isUncoded } from "../ops/onnx_spelling.ts";
import { type Chain, type Chains, chainOf, codingOfChain } from "./onnx_chains.ts";
import type { Net, NetNode, Value } from "./onnx_net.ts";

/** Rounds of handing codings on; each goes through the whole network, so few are needed. */
const MAX_ROUNDS = 8;

/** Whether outputs have the numbers of the inputs. */
export function keeps({ spelling }: NetNode): boolean {
  return spelling.coding === "keeps" || spelling.rearranges !== undefined;
}

/** The inputs of a node that are computed. */
export function activationsOf({ inputs }: NetNode): Value[] {
  return inputs.filter((input): input is Value => input !== undefined && !input.constant);
}

/** The computed inputs whose numbers outputs keep. */
function carriedBy(node: NetNode): Value[] {
  const { carries } = node.spelling;
  const inputs = carries ? carries.map((position) => node.inputs[position]) : node.inputs;
  return inputs.filter((input): input is Value => input !== undefined && !input.constant);
}

export function readersOf({ nodes }: Net): Map<Value, NetNode[]> {
  const readers = new Map<Value, NetNode[]>();
  for (const node of nodes) {
    for (const input of new Set(activationsOf(node))) {
      const list = readers.get(input);
      if (list) list.push(node);
      else readers.set(input, [node]);
    }
  }
  return readers;
}

/** Drops the nodes whose results nobody needs. */
export function dropUnused(net: Net): void {
  const needed = new Set(net.outputs.map(({ value }) => value));
  const kept = net.nodes.reverse().filter((node) => {
    const used = node.outputs.some((output) => needed.has(output));
    if (used) for (const input of activationsOf(node)) needed.add(input);
    return used;
  });
  net.nodes.splice(0, net.nodes.length, ...kept.reverse());
}

/** Codings that are known on one side of an operator that keeps them hold on the other side too. */
export function spreadCodings(net: Net): void {
  useRecodedPorts(net);
  const readers = readersOf(net);
  for (let round = 0, changed = true; changed && round < MAX_ROUNDS; round++) {
    changed = false;
    for (const node of net.nodes) if (keeps(node)) changed = forward(node) || changed;
    for (const node of [...net.nodes].reverse()) changed = backward(net, node, readers) || changed;
    for (const node of net.nodes) if (node.spelling.coding === "within") changed = forward(node) || changed;
  }
}

/** Whether a value needs a coding and has none. */
function isOpen({ coding, type }: Value): boolean {
  return !coding && !isUncoded(type);
}

function forward(node: NetNode): boolean {
  const open = node.outputs.filter(isOpen);
  const codings = carriedBy(node).map(({ coding }) => coding);
  const joined = joinedCoding(codings);
  if (open.length === 0 || !joined) return false;
  for (const output of open) output.coding = joined;
  return true;
}

function backward(net: Net, node: NetNode, readers: Map<Value, NetNode[]>): boolean {
  const coding = node.outputs.find((output) => output.coding)?.coding;
  const open = carriedBy(node).filter(isOpen);
  if (!coding || open.length === 0) return false;
  const alone = ({ spelling }: NetNode, input: Value) => spelling.bounds && readers.get(input)?.length === 1;
  const changed = open.filter((input) => keeps(node) || alone(node, input));
  for (const input of changed) {
    if (input.port)
      replaceInput(node, input, net.recoded.get(input, coding, `${input.name}/quantized`, node).recoded);
    else input.coding = coding;
  }
  return changed.length > 0;
}

/** One coding for values of several: theirs, or one that covers the range of all. `undefined` where one is unknown. */
function joinedCoding(codings: readonly (Coding | undefined)[]): Coding | undefined {
  const [first] = codings;
  if (!first || codings.some((coding) => !coding)) return undefined;
  if (codings.every((coding) => sameCoding(coding, first))) return first;
  const known = codings.filter((coding) => coding !== undefined);
  if (known.some(({ dtype }) => dtype !== "int8")) return first;
  return codingFor(...endsOf(known.flatMap(rangeOfCoding)));
}

function replaceInput(node: NetNode, from: Value, to: Value): void {
  node.inputs.forEach((input, position) => {
    if (input === from) node.inputs[position] = to;
  });
}

/** What reads a float input of the network beside its QuantizeLinear reads the integers instead. */
function useRecodedPorts({ nodes, recoded }: Net): void {
  for (const node of nodes) {
    node.inputs.forEach((input, position) => {
      if (!input?.port || input.coding || node.spelling.floats?.includes(position)) return;
      node.inputs[position] = recoded.first(input) ?? input;
    });
  }
}

/** Chains of elementwise operators, and codings for all that a kernel reads and nothing says how to code. */
export function settleCodings(net: Net): Chains {
  const chains = new Map<Value, Chain>();
  const settle = (value: Value) => {
    const chain = value.coding ? undefined : chains.get(value);
    if (chain) value.coding = codingOfChain(chain);
  };
  for (const node of net.nodes) {
    naturalPorts(node);
    const chain = chainOf(node, chains);
    const [output] = node.outputs;
    if (chain && output) {
      chains.set(output, chain);
      continue;
    }
    node.inputs.forEach((input, position) => {
      if (input && !node.spelling.floats?.includes(position)) settle(input);
    });
    const { coding } = node.spelling;
    if (output && isOpen(output)) setNatural(node, output, chains);
    if (keeps(node) || coding === "within") forward(node);
    else if (typeof coding === "object")
      node.outputs.forEach((value, index) => {
        const standard = "dtype" in coding ? coding : coding[index];
        if (standard && isOpen(value)) value.coding = standard;
      });
  }
  for (const { value } of net.outputs) settle(value);
  return chains;
}

/** Codes a result by the ranges of its operands. */
function setNatural(node: NetNode, output: Value, chains: Chains): void {
  const { natural } = node.spelling;
  if (!natural) return;
  const ranges = node.inputs.map((input) => rangeOf(input, chains));
  if (ranges.some((range) => !range)) return;
  const range = natural(ranges.filter((entry) => entry !== undefined));
  if (range) output.coding = codingFor(...range);
}

/** The real numbers that a value can hold. */
function rangeOf(value: Value | undefined, chains: Chains): Interval | undefined {
  const chain = value && chains.get(value);
  if (chain) return endsOf(chain.reals);
  if (value?.constant) return endsOf(value.constant.values);
  if (value?.type === "bool") return [0, 1];
  return value?.coding?.dtype === "int8" ? rangeOfCoding(value.coding) : undefined;
}

/** An integer input of the network that no DequantizeLinear explains stands for itself. */
function naturalPorts(node: NetNode): void {
  if (!node.spelling.real) return;
  for (const input of activationsOf(node)) {
    if (!input.port || input.coding) continue;
    if (input.type === "uint8") input.coding = { dtype: "int8", scale: 1, zeroPoint: -128 };
    else if (input.type === "int8" || input.type === "int16")
      input.coding = { dtype: input.type, scale: 1, zeroPoint: 0 };
  }
}
