/** Writes `<name>.d.ts`: the types of one model's `<name>.js`, with its tensors' names and shapes as literals. */

import type { Manifest, ManifestTensor } from "../compile_result.ts";
import { type DType, dimensions } from "../graph/tensor.ts";
import { shownManifest } from "./js.ts";
import { inComment } from "./names.ts";

const ARRAY: Record<DType, string> = {
  int4: "Int8Array",
  int8: "Int8Array",
  uint8: "Uint8Array",
  int16: "Int16Array",
  int32: "Int32Array",
  int64: "BigInt64Array",
  float32: "Float32Array",
  bool: "Uint8Array",
};

/** Text of `<name>.d.ts`, for one build or `several`; it needs no other types, DOM's and Node's included. */
export function packageDts(manifest: Manifest, several = false): string {
  const { inputs, outputs } = shownManifest(manifest);
  const block = (head: string, lines: readonly string[]): string =>
    [`${head} {`, ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
  return [
    `// Types of ${inComment(manifest.name)}.js. Written by ${inComment(manifest.generator)}.`,
    "",
    DECLARATIONS,
    "/** What a run takes: a tensor's own values as they are, or real values, which are quantized. */",
    block(
      "export interface Inputs",
      inputs.map((tensor) => field(tensor, accepted(tensor))),
    ),
    "/** What `run` gives: copies of the output tensors' own values. */",
    block(
      "export interface Outputs",
      outputs.map((tensor) => field(tensor, ARRAY[tensor.dtype])),
    ),
    "/** What `runReal` gives: real values, scale · (value − zeroPoint); tensors without a scale as they are. */",
    block(
      "export interface RealOutputs",
      outputs.map((tensor) => field(tensor, realArray(tensor))),
    ),
    "/** The input tensors in the module's memory. */",
    block(
      "export interface InputViews",
      inputs.map((tensor) => field(tensor, `InputView<${viewArguments(tensor)}, ${accepted(tensor)}>`)),
    ),
    "/** The output tensors in the module's memory. */",
    block(
      "export interface OutputViews",
      outputs.map((tensor) => field(tensor, `OutputView<${viewArguments(tensor)}, ${realArray(tensor)}>`)),
    ),
    MODEL,
    ...(several ? [CHOICE] : []),
  ].join("\n");
}

function field(tensor: ManifestTensor, type: string): string {
  const quantization =
    tensor.scale === undefined ? "" : `, scale ${tensor.scale}, zero point ${tensor.zeroPoint ?? 0}`;
  const shape = dimensions(tensor.shape);
  return `/** ${tensor.dtype} ${shape}${quantization} */ readonly ${JSON.stringify(tensor.name)}: ${type};`;
}

function accepted(tensor: ManifestTensor): string {
  const own = tensor.dtype === "uint8" ? "Uint8Array | Uint8ClampedArray" : ARRAY[tensor.dtype];
  return `${own} | RealValues${tensor.dtype === "int64" ? " | readonly bigint[]" : ""}`;
}

function realArray(tensor: ManifestTensor): string {
  return tensor.scale === undefined ? ARRAY[tensor.dtype] : "Float32Array";
}

/** The type arguments that `TensorView` takes for `tensor`. */
function viewArguments(tensor: ManifestTensor): string {
  const quantized = tensor.scale === undefined ? "undefined" : "number";
  return [
    JSON.stringify(tensor.name),
    ARRAY[tensor.dtype],
    JSON.stringify(tensor.dtype),
    `readonly [${tensor.shape.join(", ")}]`,
    quantized,
  ].join(", ");
}

const DECLARATIONS = `declare global {
  namespace WebAssembly {
    interface Module {}
  }
}

/** Real values, one for each element: quantized by scale and zero point, half away from zero, clamped; NaN gives the zero point. */
export type RealValues = Float32Array | Float64Array | readonly number[];

/** Where a module may come from; the objects are those of browsers and Node. */
export type Bytes = ArrayBuffer | ArrayBufferView;
export type Source =
  | Bytes
  | string
  | { readonly href: string }
  | { readonly ok: boolean; arrayBuffer(): Promise<ArrayBuffer> }
  | (WebAssembly.Module & object);

export type DType = "int8" | "uint8" | "int16" | "int32" | "int64" | "float32" | "bool";

export interface ManifestTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Absent for tensors without quantization. */
  readonly scale?: number;
  readonly zeroPoint?: number;
  /** Byte address in the module's memory. */
  readonly address: number;
  readonly bytes: number;
}

export interface Manifest {
  readonly abi: 1;
  readonly name: string;
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly ManifestTensor[];
  readonly stateBytes: number;
  /** Set where some layers compute with floats. */
  readonly floats?: true;
  readonly generator: string;
  /** SHA-256 of the model file, hex. */
  readonly source: string;
  readonly target: string;
  readonly simd: string;
  /** Set where the module uses relaxed dot products: bits of their second operand that the machine must multiply exactly. */
  readonly dotBits?: 7 | 8;
  readonly optimize: "size" | "balanced" | "speed";
}

/** A tensor in the module's memory. */
export interface TensorView<Name extends string, Values, Type extends DType, Shape extends readonly number[], Quantized> {
  readonly name: Name;
  readonly shape: Shape;
  readonly dtype: Type;
  readonly scale: Quantized;
  readonly zeroPoint: Quantized;
  /** Byte address in the module's memory, and the bytes from there. */
  readonly address: number;
  readonly bytes: number;
  /** The tensor's own bytes, not a copy; valid as long as the model. */
  readonly view: Values;
}

/** An input; its bytes are undefined after \`invoke\`, so write it before each. */
export interface InputView<Name extends string, Values, Type extends DType, Shape extends readonly number[], Quantized, Accepted>
  extends TensorView<Name, Values, Type, Shape, Quantized> {
  write(values: Accepted): void;
}

/** An output; its bytes are valid until the next inputs are written. */
export interface OutputView<Name extends string, Values, Type extends DType, Shape extends readonly number[], Quantized, Real>
  extends TensorView<Name, Values, Type, Shape, Quantized> {
  /** A copy. */
  read(): Values;
  /** Real values: scale · (value − zeroPoint). */
  readReal(): Real;
}
`;

const MODEL = `export interface Model {
  readonly manifest: Manifest;
  readonly inputs: InputViews;
  readonly outputs: OutputViews;
  /** One inference on what \`inputs\` hold, into \`outputs\`: nothing is checked, copied or allocated. */
  invoke(): void;
  /** One inference; gives copies of the outputs. Throws an Error on wrong names, lengths and types. */
  run(inputs: Inputs): Outputs;
  /** Like \`run\`, with real values out. */
  runReal(inputs: Inputs): RealOutputs;
  /** Back to the state of a new model; does nothing in a model without state. */
  reset(): void;
}

export declare const manifest: Manifest;

/** Loads the module from beside this file, or from \`source\`. Throws an Error if it is not of the same build. */
export declare function load(source?: Source | Promise<Source>): Promise<Model>;

/** Loads the module at once; some browsers refuse that for large modules on their main thread. */
export declare function loadSync(source: Bytes | (WebAssembly.Module & object)): Model;
`;

const CHOICE = `export interface Build {
  readonly file: string;
  readonly manifest: Manifest;
}

/** The builds of this model, the fastest first; their outputs are the same. \`manifest\` is that of the last one. */
export declare const builds: readonly Build[];

/** The fastest build that this machine runs exactly: the one that \`load()\` loads. Throws an Error where there is none. */
export declare function choose(): Build;
`;
