/** Turns a .tflite file into a graph: each operator by the descriptor that knows its code. */

import { MoteError, OperatorFault } from "../error.ts";
import { ABSENT, type Graph, layerOf, type Operator, placeOf } from "../graph/graph.ts";
import type { Tensor } from "../graph/tensor.ts";
import { validateGraph } from "../graph/validate.ts";
import type { FieldSpec, OperatorDescriptor, TfliteOperator, TfliteSpelling } from "../ops/descriptor.ts";
import { OPERATORS } from "../ops/index.ts";
import type { FlatBuffer } from "./flatbuffer.ts";
import { type FileModel, type FileOperator, type FileSubgraph, readFile } from "./tflite_model.ts";

interface Known {
  readonly descriptor: OperatorDescriptor;
  readonly spelling: TfliteSpelling<unknown>;
}

/**
 * Imports subgraph 0. Throws a `MoteError` on a damaged file, on operators that `operators` lacks (all of them in
 * one sentence), and on an operator that breaks its descriptor's rules.
 */
export function importTflite(
  bytes: Uint8Array,
  { file, name }: { readonly file: string; readonly name: string },
  operators: readonly OperatorDescriptor[] = OPERATORS,
): Graph {
  const model = readFile(bytes, file);
  const [subgraph] = model.subgraphs;
  if (!subgraph) throw new RangeError("readFile gives at least one subgraph");
  const known = new Map<number, Known>();
  for (const descriptor of operators) {
    for (const spelling of descriptor.tflite) known.set(spelling.code, { descriptor, spelling });
  }
  refuseUnknown(subgraph, known, file);
  const frame = {
    name,
    file,
    tensors: nameTensors(model, subgraph),
    inputs: subgraph.inputs,
    outputs: subgraph.outputs,
  };
  const graph: Graph = {
    ...frame,
    operators: subgraph.operators.map((operator) =>
      readOperator(model.buffer, frame, operator, known.get(operator.code)),
    ),
  };
  validateGraph(graph);
  for (const operator of graph.operators) {
    const descriptor = operators.find(({ kind }) => kind === operator.kind);
    explained(graph, operator, () => descriptor?.check(layerOf(graph, operator)));
  }
  return graph;
}

/** Runs an operator's own rules, and says where the operator stands if they are broken. */
function explained<T>(graph: Pick<Graph, "file">, operator: Omit<Operator, "attributes">, rule: () => T): T {
  try {
    return rule();
  } catch (error) {
    if (error instanceof OperatorFault)
      throw new MoteError(error.code, placeOf(graph, operator), error.sentence);
    throw error;
  }
}

function readOperator(
  buffer: FlatBuffer,
  frame: Pick<Graph, "file" | "tensors">,
  operator: FileOperator,
  known: Known | undefined,
): Operator {
  if (!known) throw new RangeError("unknown operators are refused before");
  const { descriptor, spelling } = known;
  const frameOf = (id: number) => (id === ABSENT ? undefined : frame.tensors[id]);
  const outputs = operator.outputs.flatMap((id) => frameOf(id) ?? []);
  const head = {
    kind: descriptor.kind,
    spelling: operator.name,
    name: outputs[0]?.name ?? "",
    index: operator.index,
    inputs: operator.inputs,
    outputs: operator.outputs,
  };
  const fieldOf = (option: string): FieldSpec => {
    const field = spelling.options?.[option];
    if (!field) throw new RangeError(`${descriptor.kind} reads the option ${option} that it doesn't declare`);
    return field;
  };
  const source: TfliteOperator = {
    version: operator.version,
    inputs: operator.inputs.map(frameOf),
    outputs,
    option(option) {
      const { id, type, default: fallback = 0 } = fieldOf(option);
      if (!operator.options || type === "int32[]") return fallback;
      return buffer.scalar(operator.options, id, type, fallback);
    },
    optionVector(option) {
      return (operator.options && buffer.numbers(operator.options, fieldOf(option).id, "int32")) ?? [];
    },
  };
  const { attributes, inputs } = explained(frame, head, () => spelling.read(source));
  const kept = inputs ? inputs.map((position) => operator.inputs[position] ?? ABSENT) : operator.inputs;
  return { ...head, inputs: kept, attributes };
}

/** Inputs and outputs take the names of the file's signature, made unique; others keep their own. */
function nameTensors(model: FileModel, subgraph: FileSubgraph): Tensor[] {
  const signature = model.signatures.find((candidate) => candidate.subgraph === 0);
  const tensors = [...subgraph.tensors];
  const rename = (ids: readonly number[], names: ReadonlyMap<number, string> | undefined) => {
    const taken = new Set<string>();
    for (const id of new Set(ids)) {
      const tensor = tensors[id];
      if (!tensor) continue;
      const wanted = names?.get(id) || tensor.name;
      let name = wanted;
      for (let count = 1; taken.has(name); count++) name = `${wanted}_${count}`;
      taken.add(name);
      tensors[id] = { ...tensor, name };
    }
  };
  rename(subgraph.outputs, signature?.outputs);
  rename(subgraph.inputs, signature?.inputs);
  return tensors;
}

/** Refuses a file with operators that no descriptor spells, naming each kind once. */
function refuseUnknown(subgraph: FileSubgraph, known: ReadonlyMap<number, Known>, file: string): void {
  const unknown = subgraph.operators.filter(({ code, custom }) => custom || !known.has(code));
  const [first] = unknown;
  if (!first) return;
  const output = subgraph.tensors[first.outputs[0] ?? -1]?.name ?? "";
  const others = [...new Set(unknown.map(({ name }) => name))].filter((other) => other !== first.name);
  const also =
    others.length > 0 ? ` The file also has ${others.join(", ")}, which are not supported either.` : "";
  const what = first.custom ? "this custom operator" : "this operator";
  throw new MoteError(
    "unsupported-operator",
    `${file}: operator ${first.index} (${first.name} "${output}")`,
    `Mote does not support ${what} yet; OPERATORS.md lists those it does. Replace it in the model and export again.${also}`,
  );
}
