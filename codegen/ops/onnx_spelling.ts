/** What a descriptor says about ONNX: how the format spells its operator, and what the import hands it to read. */

import type { Coding } from "../graph/coding.ts";
import type { Groups, Layout } from "../graph/layout.ts";
import type { Tensor, TensorId } from "../graph/tensor.ts";
import type { Activation } from "./families/activation.ts";

/** The element types of ONNX that are numbers. */
export type OnnxType =
  | "float32"
  | "float16"
  | "bfloat16"
  | "float64"
  | "int64"
  | "uint64"
  | "int32"
  | "uint32"
  | "int16"
  | "uint16"
  | "int8"
  | "uint8"
  | "int4"
  | "uint4"
  | "bool";

/** Types of numbers that stand for themselves, such as indices: no quantization codes them. */
const UNCODED: readonly OnnxType[] = ["int32", "int64", "bool"];

export function isUncoded(type: OnnxType): boolean {
  return UNCODED.includes(type);
}

/** Typed arrays of numbers; 64-bit integers are doubles. */
export type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** The integers behind a constant of real numbers: real = scales[k] · (integer − zeroPoints[k]), k = which[element]. */
export interface Coded {
  readonly type: OnnxType;
  readonly integers: Numbers;
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  /** Which scale each element has; left out where there is one. */
  readonly which?: Numbers;
}

export interface OnnxConstant {
  readonly shape: readonly number[];
  readonly type: OnnxType;
  /** Row-major in the file's order of dimensions. */
  readonly values: Numbers;
  readonly coded?: Coded;
}

/** A tensor as an ONNX file shapes it. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: OnnxType;
  readonly constant?: OnnxConstant;
  /** Absent for constants and for what stays float32. */
  readonly coding?: Coding;
}

/** A node of the file: its options by their names, and its tensors; shapes are the file's. */
export interface OnnxNode {
  /** Version of the operator set that the node belongs to. */
  readonly opset: number;
  /** `undefined` where the optional input is left out. */
  readonly inputs: readonly (OnnxTensor | undefined)[];
  /** How many outputs the node has, and what is known of them. */
  readonly outputs: readonly OnnxTensor[];
  /** A whole number among the options, `fallback` where the node leaves it out. */
  integer(name: string, fallback: number): number;
  /** A list of whole numbers; `undefined` where the node leaves it out. */
  integers(name: string): readonly number[] | undefined;
  float(name: string, fallback: number): number;
  floats(name: string): readonly number[] | undefined;
  text(name: string, fallback: string): string;
  texts(name: string): readonly string[] | undefined;
  /** A constant among the options. */
  tensor(name: string): OnnxConstant | undefined;
}

/** An input of an operator of the graph. */
export interface OnnxOperand {
  readonly id: TensorId;
  readonly tensor: Tensor;
}

/** How an operator stores an output: by groups of the file's dimensions, or by a layout and a stored shape. */
export type OnnxStorage = Groups | { readonly layout: Layout; readonly stored: readonly number[] };

/** A factor and a summand for each index of dimension `axis`, from operators that follow and are folded into this one. */
export interface ChannelFold {
  readonly axis: number;
  readonly factors: readonly number[];
  readonly summands: readonly number[];
}

/** What `read` gets: the node with its outputs known, and the means to say how its operands must lie in memory. */
export interface OnnxReader extends OnnxNode {
  /** Folded in from operators that follow. */
  readonly activation: Activation;
  readonly fold?: ChannelFold;
  /** The dimensions of an activation in the order in which they lie in memory. */
  order(position: number): readonly number[];
  /**
   * An operand stored by `groups`; an activation is transposed where it isn't. Within group `free` the elements may lie in any order:
   * `columns` gives for each of them its index in the file's.
   */
  arranged(
    position: number,
    groups: Groups,
    free?: number,
  ): OnnxOperand & { readonly columns: ArrayLike<number> };
  /** Operands that broadcast with each other, in one order in memory, and how their result lies. */
  together(positions: readonly number[]): {
    readonly operands: readonly OnnxOperand[];
    readonly storage: OnnxStorage;
  };
  /** A constant made for the operator. */
  constant(tensor: Omit<Tensor, "name">, name: string): OnnxOperand;
  /** Whether recurrent layers keep their state from one inference to the next. */
  readonly stateful: boolean;
  /** Whether anybody reads an output. */
  wanted(position: number): boolean;
  /** Adds an operator of its own, where a node takes several; `writes`: state among its inputs that it replaces. */
  emit(
    kind: string,
    attributes: unknown,
    inputs: readonly (OnnxOperand | undefined)[],
    outputs: readonly Omit<Tensor, "name">[],
    name: string,
    writes?: readonly OnnxOperand[],
  ): OnnxOperand[];
}

/** What `read` makes of a node. */
export interface OnnxReading<A> {
  readonly attributes: A;
  readonly inputs: readonly OnnxOperand[];
  /** One an output. */
  readonly outputs: readonly OnnxStorage[];
  /** Codes in which the operator leaves its outputs, where not in the file's: the import changes them after it. */
  readonly codings?: readonly (Coding | undefined)[];
}

/** What `read` makes of a node that takes several operators: the last of them by output; none where nobody reads it. */
export interface OnnxResults {
  readonly results: readonly ({ readonly operand: OnnxOperand; readonly storage: OnnxStorage } | undefined)[];
}

/** Inputs of a node that spells out its quantization: positions of value, scale and zero point. */
export type CodedPosition = readonly [value: number, scale: number, zeroPoint: number];

/** A name for the operator with its quantization spelled out, such as QLinearConv for Conv. */
export interface QuantizedSpelling {
  readonly name: string;
  readonly domain?: string;
  /** Where the plain operator's inputs are; a single number for one that is no real number, or an int32 bias. */
  readonly inputs: readonly (CodedPosition | { readonly bias: number } | { readonly plain: number })[];
  /** Inputs from here on are value, scale and zero point in turn. */
  readonly rest?: number;
  readonly output: readonly [scale: number, zeroPoint: number];
  /** The dimension that the scales of weights are for; the last one if left out. */
  axis?(node: OnnxNode): number;
}

/** New dimension d is old dimension `permutation[d]`; or the elements stay in the file's order under another shape. */
export type Rearrangement =
  | { readonly permutation: readonly number[] }
  | { readonly shape: readonly number[] };

/** Nodes that are an operator spelled out: the last of them and, as its inputs, those before it or names for tensors. */
export interface OnnxPattern {
  readonly op: string;
  readonly inputs: readonly (OnnxPattern | string)[];
  /** Whether the two inputs may change places. */
  readonly commutes?: boolean;
  /** A name for the result. */
  readonly as?: string;
}

/** A pattern, and the node of the spelling that it stands for: its inputs and its float options. */
export interface OnnxFusion {
  readonly pattern: OnnxPattern;
  replacement(
    bound: ReadonlyMap<string, OnnxTensor>,
  ):
    | { readonly inputs: readonly OnnxTensor[]; readonly floats: Readonly<Record<string, number>> }
    | undefined;
}

/** The smallest and largest real number that a tensor can hold. */
export type Interval = readonly [low: number, high: number];

/** A reduction of the elements along some dimensions to one each. */
export interface Combination {
  readonly axes: readonly number[];
  combine(values: readonly number[]): number;
}

/** How ONNX spells an operator. */
export interface OnnxSpelling<A> {
  readonly name: string;
  /** Left out for ONNX's own operators. */
  readonly domain?: string;
  readonly quantized?: readonly QuantizedSpelling[];
  /** Says which nodes of this name are meant, where several operators share it. Asked once shapes are known. */
  accepts?(node: OnnxNode): boolean;
  /** The file's shapes of the outputs. Throws an `OperatorFault` on inputs that do not fit together. */
  shapes(node: OnnxNode): readonly (readonly number[])[];
  /** The type of an output; that of input 0 if left out. */
  type?(node: OnnxNode, output: number): OnnxType;
  /**
   * Elementwise operators of real numbers: the output's element from the inputs' elements, which broadcast; absent inputs
   * are `undefined`.
   */
  real?(node: OnnxNode): (...operands: number[]) => number;
  /** Elementwise operators that clamp: the smallest and largest result. */
  bounds?(node: OnnxNode): readonly [number, number];
  /** Positions in which an elementwise operator is linear, the other inputs being constant. */
  readonly linear?: readonly number[];
  /** Constant vectors of an elementwise operator run along dimension 1 instead of the last ones. */
  readonly channelwise?: boolean;
  /**
   * The operator only rearranges input 0, step by step.
   */
  rearranges?(node: OnnxNode): readonly Rearrangement[];
  /** Whether the node's one output is input 0 as it is, under another name or type. */
  same?(node: OnnxNode): boolean;
  /** The operator moves elements: for each output and element the element of an input (`[input, index]`). */
  moves?(node: OnnxNode): (output: number, index: readonly number[]) => readonly [input: number, at: number];
  /** The operator reduces input 0: how, for constants. */
  combines?(node: OnnxNode): Combination;
  /**
   * `keeps`: outputs have the numbers of the inputs; `within`: outputs lie within the range of input 0; a coding: what the
   * outputs have where the file doesn't say, or a list of them.
   */
  readonly coding?: "keeps" | "within" | Coding | readonly (Coding | undefined)[];
  /** The inputs whose numbers outputs keep; all if left out. */
  readonly carries?: readonly number[];
  /** The dimension of output channels, from the end where negative, into which a factor and a summand can be folded. */
  readonly channels?: number;
  /** `read` makes any factor and summand for each channel of input 0, which are in `fold`. One spelling has this. */
  readonly affine?: boolean;
  readonly patterns?: readonly OnnxFusion[];
  /**
   * The range of the result for those of the operands, where it is not much more than what a network uses of it: codes a
   * result that the file doesn't.
   */
  natural?(operands: readonly Interval[]): Interval | undefined;
  /** Whether `read` heeds the reader's `activation`. */
  readonly activates?: boolean;
  /** The positions of inputs that may have no coding: float32, or numbers that stand for themselves. */
  readonly floats?: readonly number[];
  /** Left out where `real`, `bounds` or `rearranges` says all. */
  read?(node: OnnxReader): OnnxReading<A> | OnnxResults;
}
