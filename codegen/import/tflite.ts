/** Turns a .tflite file into a graph: each operator by the descriptor that knows its code. */

import { OperatorFault, placed, require } from "../error.ts";
import { ABSENT, type Graph, layerOf, type Operator, placeOf } from "../graph/graph.ts";
import type { Tensor, TensorId } from "../graph/tensor.ts";
import { validateGraph } from "../graph/validate.ts";
import type { FieldSpec, OperatorDescriptor, TfliteOperator, TfliteSpelling } from "../ops/descriptor.ts";
import { OPERATORS } from "../ops/index.ts";
import type { FlatBuffer, Table } from "./flatbuffer.ts";
import { type FileModel, type FileOperator, type FileSubgraph, readFile } from "./tflite_model.ts";
import { type Resources, readResources } from "./tflite_resources.ts";
import { type InputShapes, inferShapes, withInputShapes } from "./tflite_shapes.ts";
import { isEmpty, readTensor } from "./tflite_tensors.ts";
import { refuseUnknown } from "./tflite_unknown.ts";

interface Known {
  readonly descriptor: OperatorDescriptor;
  readonly spelling: TfliteSpelling<unknown>;
}

export interface TfliteImport {
  readonly file: string;
  readonly name: string;
  /** Shapes of inputs by name; those of all other activations then follow from them. */
  readonly shapes?: InputShapes;
}

/**
 * Imports subgraph 0. Constants share memory with `bytes`. Throws a `MoteError` on a damaged file, on operators that
 * `descriptors` lack (all of them in one message), and on an operator that breaks its descriptor's rules.
 */
export function importTflite(
  bytes: Uint8Array,
  { file, name, shapes }: TfliteImport,
  descriptors: readonly OperatorDescriptor[] = OPERATORS,
): Graph {
  const known = new Map<number, Known>();
  for (const descriptor of descriptors) {
    for (const spelling of descriptor.tflite) known.set(spelling.code, { descriptor, spelling });
  }
  const model = readFile(bytes, file);
  const [subgraph] = model.subgraphs;
  if (!subgraph) throw new RangeError("readFile gives at least one subgraph");
  refuseUnknown(model.buffer, subgraph, (code) => known.has(code));

  const resources = readResources(model, subgraph, (code) => known.get(code)?.spelling.resource);
  const operators = subgraph.operators.filter((operator) => !resources.declarations.has(operator));
  const { tensors, idOf } = readUsedTensors(model, { ...subgraph, operators }, resources, !!shapes);
  const frame = {
    name,
    file,
    tensors,
    inputs: subgraph.inputs.map(idOf),
    outputs: subgraph.outputs.map(idOf),
  };
  const named = { ...frame, tensors: nameTensors(frame, model, subgraph) };
  const frozen = shapes ? { ...named, tensors: withInputShapes(named, shapes) } : named;
  const micro = operators.every(({ code, inputs: [first = ABSENT] }) => {
    const runs = known.get(code)?.spelling.micro;
    return runs === "floats" ? tensors[idOf(first)]?.dtype === "float32" : runs !== false;
  });
  const contract = micro ? "tflite-micro" : "litert";
  const pairs = operators.map((operator) => {
    const entry = known.get(operator.code);
    if (!entry) throw new RangeError("refuseUnknown lets no unknown operator through");
    const outputs = operator.outputs.map(idOf).filter((id) => id !== ABSENT);
    const moved = { ...operator, inputs: operator.inputs.map(idOf), outputs };
    const read = readOperator(model.buffer, frozen, moved, entry, contract);
    if (shapes) inferShapes(frozen, read, entry.descriptor);
    return { ...entry, operator: read };
  });
  const graph: Graph = { ...frozen, operators: pairs.map(({ operator }) => operator) };
  validateGraph(graph);
  for (const { descriptor, operator } of pairs) {
    placed(
      () => placeOf(graph, operator),
      () => descriptor.check(layerOf(graph, operator)),
    );
  }
  return graph;
}

/**
 * Reads the tensors that an operator, an input or an output names, in the file's order, and renumbers them. A handle
 * becomes the tensor of its resource. An output that has nothing to hold and that nobody reads is left out, as SPLIT_V has
 * where one of its sizes is 0. `open`: dimensions that the file leaves open are 1 for now.
 */
function readUsedTensors(
  { buffer, data }: FileModel,
  subgraph: FileSubgraph,
  { variables, variableOf }: Resources,
  open: boolean,
): { readonly tensors: Tensor[]; idOf(index: number): TensorId } {
  const read = new Set([...subgraph.inputs, ...subgraph.outputs]);
  for (const { inputs } of subgraph.operators) for (const index of inputs) read.add(index);
  const used = new Set(read);
  for (const { outputs } of subgraph.operators) for (const index of outputs) used.add(index);
  const tensors: Tensor[] = [];
  const ids = new Map<number, TensorId>([[ABSENT, ABSENT]]);
  subgraph.tensors.forEach((table, index) => {
    if (!used.has(index) || variableOf.has(index)) return;
    if (!read.has(index) && isEmpty(buffer, table)) {
      ids.set(index, ABSENT);
      return;
    }
    ids.set(index, tensors.length);
    tensors.push(readTensor(buffer, table, index, data, open));
  });
  for (const [handle, variable] of variableOf) ids.set(handle, tensors.length + variable);
  tensors.push(...variables);
  const idOf = (index: number): TensorId => {
    const id = ids.get(index);
    if (id === undefined) throw new RangeError(`tensor ${index} was not read`);
    return id;
  };
  return { tensors, idOf };
}

function readOperator(
  buffer: FlatBuffer,
  graph: Pick<Graph, "file" | "tensors">,
  operator: FileOperator,
  { descriptor, spelling }: Known,
  contract: NonNullable<TfliteOperator["contract"]>,
): Operator {
  const outputs = operator.outputs.flatMap((id) => graph.tensors[id] ?? []);
  const head = {
    kind: descriptor.kind,
    spelling: operator.name,
    name: outputs[0]?.name ?? "",
    index: operator.index,
    inputs: operator.inputs,
    outputs: operator.outputs,
  };
  const source: TfliteOperator = {
    version: operator.version,
    contract,
    inputs: operator.inputs.map((id) => graph.tensors[id]),
    outputs,
    ...optionsOf(buffer, operator.options, spelling),
  };
  const where = () => placeOf(graph, head);
  const { attributes, inputs, writes = [] } = placed(where, () => spelling.read(source));
  const at = (positions: readonly number[]) =>
    positions.map((position) => operator.inputs[position] ?? ABSENT);
  const written = at(writes);
  written.forEach((id, index) => {
    placed(where, () => {
      const tensor = graph.tensors[id];
      require(!!tensor?.state, () =>
        `expects a variable as input ${writes[index]}, found ${tensor ? `"${tensor.name}", which is none` : "none"}. The file may be damaged; re-export it.`);
    });
  });
  return {
    ...head,
    name: head.name || (graph.tensors[written[0] ?? ABSENT]?.name ?? ""),
    inputs: inputs ? at(inputs) : operator.inputs,
    outputs: [...operator.outputs, ...written],
    attributes,
  };
}

/** Reads an operator's options by the names that its descriptor gives their fields. */
function optionsOf(
  buffer: FlatBuffer,
  table: Table | undefined,
  spelling: TfliteSpelling<unknown>,
): Pick<TfliteOperator, "option" | "optionVector"> {
  const fieldOf = (option: string): FieldSpec => {
    const field = spelling.options?.[option];
    if (!field) throw new RangeError(`${spelling.name} reads the option ${option} that it doesn't declare`);
    return field;
  };
  return {
    option(option) {
      const { type, ...field } = fieldOf(option);
      if (type === "int32[]") throw new RangeError(`option ${option} of ${spelling.name} is a vector`);
      const value = table ? buffer.scalar(table, { ...field, type }) : (field.default ?? 0);
      if (!Number.isFinite(value))
        throw new OperatorFault(
          `expected a finite ${option}, found ${value}. The file may be damaged; re-export it.`,
          "bad-file",
        );
      return value;
    },
    optionVector(option) {
      const { id, type } = fieldOf(option);
      if (type !== "int32[]") throw new RangeError(`option ${option} of ${spelling.name} is a number`);
      return (table && buffer.numbers(table, { id, type })) ?? [];
    },
  };
}

/** The tensors, with inputs and outputs named as the file's signature does, each name once. */
function nameTensors(
  graph: Pick<Graph, "tensors" | "inputs" | "outputs">,
  model: FileModel,
  subgraph: FileSubgraph,
): Tensor[] {
  const signature = model.signatures.find((candidate) => candidate.subgraph === 0);
  const tensors = [...graph.tensors];
  const rename = (
    ids: readonly TensorId[],
    indices: readonly number[],
    names?: ReadonlyMap<number, string>,
  ) => {
    const taken = new Set<string>();
    const repeats = new Map<string, number>();
    // A tensor that is listed twice keeps one name.
    for (const [id, index] of new Map(ids.map((id, position) => [id, indices[position] ?? ABSENT]))) {
      const tensor = tensors[id];
      if (!tensor) continue;
      const wanted = names?.get(index) || tensor.name;
      let name = wanted;
      for (let next = (repeats.get(wanted) ?? 0) + 1; taken.has(name); next++) {
        name = `${wanted}_${next}`;
        repeats.set(wanted, next);
      }
      taken.add(name);
      tensors[id] = { ...tensor, name };
    }
  };
  rename(graph.outputs, subgraph.outputs, signature?.outputs);
  rename(graph.inputs, subgraph.inputs, signature?.inputs);
  return tensors;
}
