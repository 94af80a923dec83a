/** Turns the nodes of an ONNX network into operators of the graph, in the layout of Mote's kernels. */

import { MoteError, placed, require } from "../error.ts";
import { codedAs } from "../graph/coding.ts";
import { groupedLayout, groupedShape, type Layout, plainLayout } from "../graph/layout.ts";
import type { DType, Tensor, TensorId } from "../graph/tensor.ts";
import type { OperatorDescriptor } from "../ops/descriptor.ts";
import { isUncoded, type OnnxStorage, type OnnxType } from "../ops/onnx_spelling.ts";
import { type Chains, tableOfChain } from "./onnx_chains.ts";
import { activationsOf } from "./onnx_coding.ts";
import { type Known, type Net, type NetNode, nodePlace, RECODE, type Value, viewOf } from "./onnx_net.ts";
import { type Find, readerOf, rearranged } from "./onnx_reader.ts";
import { type Made, type Place, Store, type Stored } from "./onnx_store.ts";

/** The tensors and operators of a network, and how messages find the node behind each. */
export interface Emitted {
  readonly store: Store;
  readonly made: readonly Made[];
  readonly inputs: readonly TensorId[];
  readonly outputs: readonly TensorId[];
}

/** The types that inputs and outputs of a module can have. */
const PORT_TYPES: ReadonlyMap<OnnxType, DType> = new Map<OnnxType, DType>([
  ["float32", "float32"],
  ["int8", "int8"],
  ["uint8", "uint8"],
  ["int16", "int16"],
  ["int32", "int32"],
  ["int64", "int64"],
  ["bool", "bool"],
]);

/** Throws a `MoteError` that names the node where one asks for what no operator gives. */
export function emitNet(
  net: Net,
  chains: Chains,
  operators: readonly OperatorDescriptor[],
  stateful = false,
): Emitted {
  const store = new Store(operators, stateful);
  const stored = new Map<Value, Stored>();
  const find: Find = (value) => {
    const found = stored.get(value);
    if (!found) throw new RangeError(`"${value.name}" is not computed yet`);
    return found;
  };
  const inputs = net.inputs.map((port) => {
    const { id, inside } = emitPort(net, port, store);
    stored.set(port, inside);
    return id;
  });
  const nodes = [...net.recoded.ofPorts(), ...net.nodes];
  const needed = neededOf(net, nodes, chains);
  for (const node of nodes) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    placed(
      () => nodePlace(net.file, node.file),
      () => {
        const results = emitNode(node, chains, store, find, (value) => needed.has(value));
        node.outputs.forEach((output, index) => {
          const result = results[index];
          if (result) stored.set(output, result);
        });
      },
    );
  }
  const outputs = net.outputs.map((output) => emitOutput(net, output, store, find));
  return { store, made: store.made, inputs, outputs };
}

/** The values that outputs of the network are computed from; a chain needs its base only. */
function neededOf(net: Net, nodes: readonly NetNode[], chains: Chains): Set<Value> {
  const needed = new Set(net.outputs.map(({ value }) => value));
  for (const node of [...nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    const chain = node.outputs[0] && chains.get(node.outputs[0]);
    const sources = chain && isTable(node, chains) ? [chain.base] : activationsOf(node);
    for (const input of sources) needed.add(input);
  }
  return needed;
}

/** Whether a node's output comes out of a table. */
function isTable(node: NetNode, chains: Chains): boolean {
  const [output] = node.outputs;
  return output?.coding?.dtype === "int8" && chains.has(output);
}

/** An input of the network as the file has it, and as the network's operators read it. */
function emitPort(net: Net, port: Value, store: Store): { id: TensorId; inside: Stored } {
  const { name, shape, type, coding } = port;
  const dtype = PORT_TYPES.get(type);
  if (!dtype)
    throw new MoteError(
      "unsupported-operator",
      `${net.file}: input "${name}"`,
      `expected ${[...PORT_TYPES.keys()].join(", ")}, found ${type}. Export the model with float32 or int8 inputs.`,
    );
  const layout = plainLayout(shape);
  if (!coding || type === "float32") {
    const id = store.add({ name, shape, dtype });
    return { id, inside: { id, layout } };
  }
  const quantization = outsideOf(coding, dtype);
  const id = store.add({ name, shape, dtype, quantization });
  if (dtype === coding.dtype) return { id, inside: { id, layout } };
  const place: Place = { type: "input", index: 0, name };
  return { id, inside: { id: store.converted(id, coding, `${name}/signed`, place), layout } };
}

/** The quantization of a tensor outside: unsigned integers have another zero point than inside. */
function outsideOf({ scale, zeroPoint }: NonNullable<Value["coding"]>, dtype: DType) {
  const shift = dtype === "uint8" ? 128 : 0;
  return { scales: [scale], zeroPoints: [zeroPoint + shift], axis: 0 };
}

/** Among the operators that share a name, the one for this node, now that its codes are known. */
function chosen(node: NetNode): Known {
  const view = viewOf(node);
  return node.candidates.find(({ spelling }) => spelling.accepts?.(view) ?? true) ?? node;
}

function emitNode(
  node: NetNode,
  chains: Chains,
  store: Store,
  find: Find,
  wanted: (value: Value) => boolean,
): (Stored | undefined)[] {
  const { spelling, descriptor } = chosen(node);
  const { inputs, outputs, file } = node;
  const [input] = inputs;
  const [output] = outputs;
  const chain = output && chains.get(output);
  if (output?.coding && chain && isTable(node, chains)) {
    const table = tableOfChain(chain, output.coding);
    return [store.mapped(find(chain.base), table, output.coding, output.name, file)];
  }
  if (spelling === RECODE && input && output?.coding) {
    const source = find(input);
    const id = store.converted(source.id, output.coding, output.name, file);
    return [{ id, layout: source.layout }];
  }
  const arrangement = spelling.rearranges?.(viewOf(node));
  if (arrangement && input && output) {
    const source = output.coding ? store.recoded(find(input), output.coding, file) : find(input);
    return [rearranged(source, arrangement, (value) => store.plain(value, file))];
  }
  if (!spelling.read || !descriptor) {
    const names = activationsOf(node).map(({ name }) => `"${name}"`);
    require(false, () =>
      `expects one quantized int8 input of its output's shape, found ${names.join(" and ") || "none"}. Quantize its inputs and its output to int8.`);
  }
  const reading = spelling.read(readerOf(node, store, find, wanted));
  const recoded = (stored: Stored, index: number): Stored => {
    const coding = outputs[index]?.coding;
    return coding ? store.recoded(stored, coding, file) : stored;
  };
  if ("results" in reading) {
    return reading.results.map((result, index) => {
      const shape = outputs[index]?.shape ?? [];
      return result && recoded({ id: result.operand.id, layout: layoutOf(shape, result.storage) }, index);
    });
  }
  const { attributes, inputs: operands, outputs: storages, codings = [] } = reading;
  const tensors = outputs.map((value, index) => outputTensor(value, storages[index] ?? [], codings[index]));
  const ids = store.emit(
    descriptor,
    file,
    attributes,
    operands.map(({ id }) => id),
    tensors.map(({ tensor }) => tensor),
  );
  return ids.map((id, index) => recoded({ id, layout: tensors[index]?.layout ?? plainLayout([]) }, index));
}

/** The tensor in which an operator leaves a value, and where the value's dimensions are in it. */
function outputTensor(
  { name, shape, type, coding: wanted }: Value,
  storage: OnnxStorage,
  coding = wanted,
): { tensor: Tensor; layout: Layout } {
  const plain = isUncoded(type) ? PORT_TYPES.get(type) : undefined;
  require(!!coding || !!plain, () =>
    `expects a QuantizeLinear after its output "${name}", found none. Quantize it first: this tensor too, with calibration data (quantize_static).`);
  const code = coding ? codedAs(coding) : { dtype: plain ?? "int32" };
  const stored = "layout" in storage ? storage.stored : groupedShape(shape, storage);
  return { tensor: { name, shape: stored, ...code }, layout: layoutOf(shape, storage) };
}

function layoutOf(shape: readonly number[], storage: OnnxStorage): Layout {
  return "layout" in storage ? storage.layout : groupedLayout(shape, storage);
}

/** An output of the network in the file's own order, type and name. */
function emitOutput(
  net: Net,
  { name, value, type }: Net["outputs"][number],
  store: Store,
  find: Find,
): TensorId {
  const place: Place = { type: "output", index: 0, name };
  const refuse = (found: string): never => {
    throw new MoteError(
      "unsupported-operator",
      `${net.file}: output "${name}"`,
      `expected a computed tensor of ${[...PORT_TYPES.keys()].join(", ")}, found ${found}. Export the model without this output.`,
    );
  };
  if (value.constant) return refuse("a constant");
  const dtype = PORT_TYPES.get(type) ?? refuse(type);
  const { id } = store.plain(find(value), place);
  const { coding } = value;
  if (coding && dtype === "float32") return store.decoded(id, name, place);
  if (coding && dtype === "uint8") {
    const outside = outsideOf(coding, dtype);
    return store.converted(
      id,
      { dtype, scale: coding.scale, zeroPoint: outside.zeroPoints[0] ?? 0 },
      name,
      place,
    );
  }
  if (store.tensor(id).dtype !== dtype) return refuse(type);
  return store.renamed(id, name, place);
}
