/** Reads the tables of a .tflite file into plain records: everything the file says, checked, nothing interpreted. */

import { type Field, FlatBuffer, type Table } from "./flatbuffer.ts";
import { builtinName, CUSTOM_CODE } from "./tflite_operators.ts";
import { MODEL, OPERATOR, OPERATOR_CODE, SIGNATURE, SUBGRAPH, TENSOR, TENSOR_MAP } from "./tflite_schema.ts";

export interface FileOperator {
  readonly index: number;
  readonly code: number;
  /** `CONV_2D`, or the custom operator's own name. */
  readonly name: string;
  readonly custom: boolean;
  readonly version: number;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** The options table, if there is one. */
  readonly options: Table | undefined;
}

export interface FileSubgraph {
  /** Read one by one where they are used: a file may hold some that no operator Mote knows could use. */
  readonly tensors: readonly Table[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly FileOperator[];
}

/** The names that callers know a subgraph's inputs and outputs by. */
export interface FileSignature {
  readonly subgraph: number;
  readonly inputs: ReadonlyMap<number, string>;
  readonly outputs: ReadonlyMap<number, string>;
}

export interface FileModel {
  readonly buffer: FlatBuffer;
  /** The `Buffer` tables that tensors refer to. */
  readonly data: readonly Table[];
  readonly subgraphs: readonly FileSubgraph[];
  readonly signatures: readonly FileSignature[];
}

const SCHEMA_VERSION = 3;

/** Throws a `MoteError` on a file that is damaged or of another schema version. */
export function readFile(bytes: Uint8Array, file: string): FileModel {
  const buffer = new FlatBuffer(bytes, file);
  const root = buffer.root();
  const version = buffer.scalar(root, MODEL.version);
  if (version !== SCHEMA_VERSION)
    buffer.fail(root.at, `expected schema version ${SCHEMA_VERSION}, found ${version}`);
  const codes = buffer.tables(root, MODEL.operatorCodes).map((table) => readCode(buffer, table));
  const subgraphs = buffer.tables(root, MODEL.subgraphs).map((table) => readSubgraph(buffer, table, codes));
  if (subgraphs.length === 0) buffer.fail(root.at, "expected at least one subgraph, found none");
  return {
    buffer,
    data: buffer.tables(root, MODEL.buffers),
    subgraphs,
    signatures: buffer.tables(root, MODEL.signatures).map((table) => readSignature(buffer, table)),
  };
}

/** The name of tensor `index` of a subgraph: the file's, or one made of its index. */
export function tensorName(buffer: FlatBuffer, table: Table, index: number): string {
  return buffer.text(table, TENSOR.name) || `tensor_${index}`;
}

type Code = Pick<FileOperator, "code" | "name" | "custom" | "version">;

function readCode(buffer: FlatBuffer, table: Table): Code {
  const old = buffer.scalar(table, OPERATOR_CODE.deprecatedCode);
  const code = Math.max(old, buffer.scalar(table, OPERATOR_CODE.code));
  const custom = code === CUSTOM_CODE;
  return {
    code,
    custom,
    name: custom ? buffer.text(table, OPERATOR_CODE.customCode) || "CUSTOM" : builtinName(code),
    version: buffer.scalar(table, OPERATOR_CODE.version),
  };
}

function readSubgraph(buffer: FlatBuffer, table: Table, codes: readonly Code[]): FileSubgraph {
  const tensors = buffer.tables(table, SUBGRAPH.tensors);
  /** Tensor indices; −1 marks an absent one where `optional`. */
  const indices = (owner: Table, field: Field<"int32[]">, optional: boolean) => {
    const list = buffer.numbers(owner, field) ?? [];
    for (const index of list) {
      if (index >= tensors.length || index < (optional ? -1 : 0)) {
        buffer.fail(owner.at, `expected a tensor from 0 to ${tensors.length - 1}, found ${index}`);
      }
    }
    return list;
  };
  return {
    tensors,
    inputs: indices(table, SUBGRAPH.inputs, false),
    outputs: indices(table, SUBGRAPH.outputs, false),
    operators: buffer.tables(table, SUBGRAPH.operators).map((operator, index): FileOperator => {
      const which = buffer.scalar(operator, OPERATOR.code);
      const code = codes[which];
      if (!code)
        buffer.fail(operator.at, `expected an operator code from 0 to ${codes.length - 1}, found ${which}`);
      return {
        index,
        ...code,
        inputs: indices(operator, OPERATOR.inputs, true),
        outputs: indices(operator, OPERATOR.outputs, false),
        options: buffer.table(operator, OPERATOR.options),
      };
    }),
  };
}

function readSignature(buffer: FlatBuffer, table: Table): FileSignature {
  const names = (field: Field<"table[]">) =>
    new Map(
      buffer
        .tables(table, field)
        .map((entry): [number, string] => [
          buffer.scalar(entry, TENSOR_MAP.tensor),
          buffer.text(entry, TENSOR_MAP.name),
        ]),
    );
  return {
    subgraph: buffer.scalar(table, SIGNATURE.subgraph),
    inputs: names(SIGNATURE.inputs),
    outputs: names(SIGNATURE.outputs),
  };
}
