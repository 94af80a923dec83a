/** Resource variables of a .tflite file: which there are, their types, and what they hold before the first inference. */

import { MoteError } from "../error.ts";
import { type Tensor, tensorBytes } from "../graph/tensor.ts";
import type { ResourceUse } from "../ops/descriptor.ts";
import type { FlatBuffer } from "./flatbuffer.ts";
import { type FileModel, type FileOperator, type FileSubgraph, tensorName } from "./tflite_model.ts";
import { HANDLE_OPTIONS, ONCE_OPTIONS } from "./tflite_schema.ts";
import { filledBytes, readTensor } from "./tflite_tensors.ts";

/** What the file's main subgraph has of resources. */
export interface Resources {
  /** A state tensor for each resource that it stores to; a constant for one that it only loads. */
  readonly variables: readonly Tensor[];
  /** Index among `variables` of what a handle, a tensor of the file, stands for. */
  readonly variableOf: ReadonlyMap<number, number>;
  /** The operators that only declare, which the graph leaves out. */
  readonly declarations: ReadonlySet<FileOperator>;
}

type UseOf = (code: number) => ResourceUse | undefined;

/** A copy into or out of a resource: the file's tensor on the other side, in its subgraph. */
interface Access {
  readonly subgraph: FileSubgraph;
  readonly operator: FileOperator;
  readonly use: "load" | "store";
  readonly resource: string;
  readonly value: number;
}

/**
 * Resolves the handles of `subgraph`, and runs the stores that happen once. Throws a `MoteError` on handles in places that
 * hold no resource, on resources without a value, and on initializations other than stores of constants.
 */
export function readResources(model: FileModel, subgraph: FileSubgraph, useOf: UseOf): Resources {
  const { buffer } = model;
  const handles = handlesOf(buffer, subgraph, useOf);
  const accesses = accessesOf(buffer, subgraph, handles, useOf);
  const initial = initialStores(model, subgraph, useOf);
  const names = [...new Set(accesses.map(({ resource }) => resource))];
  const variables = names.map((resource) => {
    const uses = accesses.filter((access) => access.resource === resource);
    const store = uses.find(({ use }) => use === "store") ?? initial.get(resource);
    if (!store)
      refuse(buffer, uses[0], "expects a variable that some operator assigns, found none that does.");
    const { data, state, ...tensor } = tensorOf(model, store);
    const value = initial.get(resource);
    const bytes = (value && tensorOf(model, value).data) ?? filledBytes(tensor, true);
    if (bytes.length !== tensorBytes(tensor))
      refuse(
        buffer,
        value,
        `expects ${tensorBytes(tensor)} bytes, as later assignments have, found ${bytes.length}.`,
      );
    const named = { ...tensor, name: nameOf(resource) };
    return store.subgraph === subgraph ? { ...named, state: { initial: bytes } } : { ...named, data: bytes };
  });
  const declarations = subgraph.operators.filter(({ code }) =>
    ["handle", "once"].includes(useOf(code) ?? ""),
  );
  const variableOf = new Map(
    [...handles].flatMap(([handle, resource]) =>
      names.includes(resource) ? [[handle, names.indexOf(resource)] as const] : [],
    ),
  );
  return { variables, variableOf, declarations: new Set(declarations) };
}

/** The tensors of a subgraph that are handles, each with the key of its resource. */
function handlesOf(buffer: FlatBuffer, subgraph: FileSubgraph, useOf: UseOf): Map<number, string> {
  const handles = new Map<number, string>();
  for (const { code, options, outputs } of subgraph.operators) {
    if (useOf(code) !== "handle") continue;
    const text = (field: (typeof HANDLE_OPTIONS)[keyof typeof HANDLE_OPTIONS]) =>
      options ? buffer.text(options, field) : "";
    for (const output of outputs)
      handles.set(output, JSON.stringify([text(HANDLE_OPTIONS.container), text(HANDLE_OPTIONS.name)]));
  }
  return handles;
}

function nameOf(resource: string): string {
  const [container, name]: [string, string] = JSON.parse(resource);
  return `${container}${container && "/"}${name}` || "variable";
}

/** The loads and stores of a subgraph, in order. Handles that anything else takes are refused. */
function accessesOf(
  buffer: FlatBuffer,
  subgraph: FileSubgraph,
  handles: ReadonlyMap<number, string>,
  useOf: UseOf,
): Access[] {
  const ports = [...subgraph.inputs, ...subgraph.outputs].find((tensor) => handles.has(tensor));
  if (ports !== undefined)
    throw new MoteError(
      "bad-file",
      buffer.file,
      "expected tensors as inputs and outputs, found a resource. The file may be damaged; re-export it.",
    );
  return subgraph.operators.flatMap((operator): Access[] => {
    const use = useOf(operator.code);
    if (use === "handle" || use === "once") return [];
    const place = { subgraph, operator };
    const [handle = -1, ...others] = operator.inputs;
    const values =
      use === undefined ? [...operator.inputs, ...operator.outputs] : [...others, ...operator.outputs];
    if (values.some((tensor) => handles.has(tensor)))
      refuse(buffer, place, "expects tensors, found a resource.");
    if (use === undefined) return [];
    const resource = handles.get(handle);
    const [value] = use === "load" ? operator.outputs : others;
    if (resource === undefined || value === undefined || value < 0)
      refuse(buffer, place, "expects a resource and a value, found otherwise.");
    return [{ ...place, use, resource, value }];
  });
}

/** For each resource the last store to it that happens before the first inference. */
function initialStores(model: FileModel, subgraph: FileSubgraph, useOf: UseOf): Map<string, Access> {
  const { buffer, subgraphs } = model;
  const stores = new Map<string, Access>();
  let accessed = false;
  for (const operator of subgraph.operators) {
    const use = useOf(operator.code);
    if (use === "load" || use === "store") accessed = true;
    if (use !== "once") continue;
    const place = { subgraph, operator };
    const index = operator.options ? buffer.scalar(operator.options, ONCE_OPTIONS.subgraph) : 0;
    const body = subgraphs[index];
    if (!body || index === 0)
      refuse(buffer, place, `expects a subgraph from 1 to ${subgraphs.length - 1}, found ${index}.`);
    if (accessed)
      refuse(
        buffer,
        place,
        "expects to run before variables are read or assigned, found it behind one that is.",
      );
    const handles = handlesOf(buffer, body, useOf);
    for (const inner of body.operators) {
      if (useOf(inner.code) === "handle" || useOf(inner.code) === "store") continue;
      refuse(
        buffer,
        place,
        `expects to assign constants to variables only, found ${inner.name}, which Mote does not support there.`,
        "Export the model with constant initial states.",
      );
    }
    for (const store of accessesOf(buffer, body, handles, useOf)) {
      if (!tensorOf(model, store).data)
        refuse(
          buffer,
          { subgraph: body, operator: store.operator },
          "expects a constant as the initial value, found none.",
        );
      stores.set(store.resource, store);
    }
  }
  return stores;
}

function tensorOf({ buffer, data }: FileModel, { subgraph, value }: Access): Tensor {
  const table = subgraph.tensors[value];
  if (!table) throw new RangeError(`readFile lets no tensor ${value} through`);
  return readTensor(buffer, table, value, data);
}

function refuse(
  buffer: FlatBuffer,
  place: Pick<Access, "subgraph" | "operator"> | undefined,
  sentence: string,
  advice = "The file may be damaged; re-export it.",
): never {
  const index = place?.operator.outputs[0] ?? place?.operator.inputs[0];
  const table = index === undefined ? undefined : place?.subgraph.tensors[index];
  const name = index === undefined || !table ? "" : tensorName(buffer, table, index);
  const where = place && `: operator ${place.operator.index} (${place.operator.name} "${name}")`;
  throw new MoteError("bad-file", `${buffer.file}${where ?? ""}`, `${sentence} ${advice}`);
}
