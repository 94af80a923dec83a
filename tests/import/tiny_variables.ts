/** A small .tflite file with a resource variable, for tests that vary or spoil it. */

import type { Fields } from "./flatbuffer_writer.ts";
import { operatorFields, type TinyOperator, type TinyTensor, tensorFields, tinyModel } from "./tiny_model.ts";

export const [HANDLE, READ, ASSIGN, ONCE, RELU, IF] = [0, 1, 2, 3, 4, 5];
const CODES = [142, 143, 144, 129, 19, 118].map(
  (code): Fields => ({ 0: { int8: Math.min(code, 127) }, 3: { int32: code } }),
);
/** What a handle is. */
export const RESOURCE: TinyTensor = { type: 13, shape: [] };

export interface Subgraph {
  readonly tensors: readonly TinyTensor[];
  readonly operators: readonly TinyOperator[];
}

export function handle(output: number, name = "memory", container = ""): TinyOperator {
  const options: Fields = { 0: { text: container }, 1: { text: name } };
  return { code: HANDLE, inputs: [], outputs: [output], options };
}

export const once = (subgraph: number): TinyOperator => ({
  code: ONCE,
  inputs: [],
  outputs: [],
  options: { 0: { int32: subgraph } },
});

/** x and y; a handle at 2, what is read at 3, and more. */
export const TENSORS: readonly TinyTensor[] = [
  { name: "x" },
  { name: "y" },
  { ...RESOURCE, name: "h" },
  { name: "old" },
];

/** y is what x was one inference before, at least 0. */
export const STEPS: readonly TinyOperator[] = [
  handle(2),
  { code: READ, inputs: [2], outputs: [3] },
  { code: ASSIGN, inputs: [2, 0], outputs: [] },
  { code: RELU, inputs: [3], outputs: [1] },
];

/** The subgraph that assigns buffer 1 to the variable. */
export const INIT: Subgraph = {
  tensors: [RESOURCE, { buffer: 1 }],
  operators: [handle(0), { code: ASSIGN, inputs: [0, 1], outputs: [] }],
};

export function variablesModel(
  operators: readonly TinyOperator[] = STEPS,
  { init, tensors = TENSORS }: { readonly init?: Subgraph; readonly tensors?: readonly TinyTensor[] } = {},
): Uint8Array {
  const subgraph = (
    inputs: readonly number[],
    outputs: readonly number[],
    { tensors, operators }: Subgraph,
  ): Fields => ({
    0: { tables: tensors.map(tensorFields) },
    1: { int32s: inputs },
    2: { int32s: outputs },
    3: { tables: operators.map(operatorFields) },
  });
  const subgraphs = [subgraph([0], [1], { tensors, operators }), ...(init ? [subgraph([], [], init)] : [])];
  const buffers = [{}, { 0: { bytes: Uint8Array.of(1, 2, 3, 4) } }];
  return tinyModel({ codes: CODES, buffers, more: { 2: { tables: subgraphs } } });
}
