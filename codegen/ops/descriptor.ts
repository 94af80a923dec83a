/** What Mote knows of an operator, in one record: how files spell it, its rules, its reference, its kernels. */

import type { Layer } from "../graph/graph.ts";
import type { Quantization, Tensor, TensorId, Values } from "../graph/tensor.ts";
import type { Target } from "../plan/target.ts";
import type { OnnxSpelling } from "./onnx_spelling.ts";

/** A field of a FlatBuffers table: its number in the schema, its type and its default. */
export interface FieldSpec {
  readonly id: number;
  readonly type: "bool" | "int8" | "int32" | "float32" | "int32[]";
  readonly default?: number;
}

/** An operator of a .tflite file as its descriptor's `read` sees it. */
export interface TfliteOperator {
  /** Whose outputs a network is to give; where both can run it, they differ in a few roundings only. */
  readonly contract?: "tflite-micro" | "litert";
  readonly version: number;
  /** Tensors by input position; `undefined` where the optional input is left out. */
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  /** Number (or 0/1 for bool) `name` of the options table; its default where the file leaves it out. */
  option(name: string): number;
  /** Vector `name` of the options table; empty where the file leaves it out. */
  optionVector(name: string): readonly number[];
}

/**
 * What an operator of a file does with resources, variables that outlive an inference. `handle`: its output stands for the
 * resource that its options name. `load`: input 0 is a handle, output 0 becomes a copy of the resource. `store`: input 0 is
 * a handle, the resource becomes a copy of input 1. `once`: before the first inference another subgraph runs, made of
 * handles and stores of constants. The import makes a state tensor of each resource, which takes the place of its handles;
 * operators that are handles or run once are not in the graph.
 */
export type ResourceUse = "handle" | "load" | "store" | "once";

/** How .tflite spells an operator. */
export interface TfliteSpelling<A> {
  /** `BuiltinOperator` of the schema. */
  readonly code: number;
  /** Its name there: `CONV_2D`. */
  readonly name: string;
  /**
   * False where TFLite Micro has no such operator, `floats` where it has one of float32 only, and not of integers: it then
   * can't run the network at all, the contract of which is LiteRT in all its operators.
   */
  readonly micro?: false | "floats";
  /** Left out where it has nothing to do with resources. */
  readonly resource?: ResourceUse;
  /** The fields of its options table that matter here. */
  readonly options?: Readonly<Record<string, FieldSpec>>;
  /**
   * Turns the file's options (and inputs that are parameters, such as the paddings of PAD) into attributes.
   * `inputs` says which positions stay inputs of the graph's operator, in its order; all of them if left out. `writes`
   * are the positions of inputs that are state and that the operator writes too: they become further outputs, in order.
   * Throws an `OperatorFault` on values that no exporter writes.
   */
  read(operator: TfliteOperator): {
    readonly attributes: A;
    readonly inputs?: readonly number[];
    readonly writes?: readonly number[];
  };
}

/** A constant that a kernel variant packed at build time for its own loops. */
export interface PackedConstant {
  readonly bytes: Uint8Array;
  /** Alignment in bytes: 1, 2, 4, 8 or 16. */
  readonly align: number;
  /** `weights` counts what the model brought, `tables` what Mote computed (exponentials, lookups). */
  readonly role: "weights" | "tables";
}

export type Packed = Readonly<Record<string, PackedConstant>>;

/** An argument of a kernel call: a literal, or an address that the plan fills in later. */
export type Argument = {
  /** The parameter's name in the kernel; becomes a comment in `model.ts`. */
  readonly name: string;
  /** More for the comment, such as a shape. */
  readonly note?: string;
} & (
  | { readonly literal: number }
  | { readonly input: number; readonly offset?: number }
  | { readonly output: number; readonly offset?: number }
  | { readonly constant: string; readonly offset?: number }
  | { readonly scratch: number }
  /** Where the layer streams: bytes of a piece and the address of its buffer; otherwise both are 0. */
  | { readonly stream: "piece" | "buffer" }
);

/**
 * How a kernel takes constants from flash by itself, a piece at a time, into a buffer smaller than they are. An argument
 * `constant` then is a position in flash. Each piece may reach beyond the constant's end.
 */
export interface Stream {
  /** The constant that comes in pieces of as many bytes as the plan has room for, a multiple of `unit`. */
  readonly constant: string;
  readonly unit: number;
  /** Others that the kernel copies too, into `rest` bytes of the buffer behind the piece. */
  readonly others: readonly string[];
  readonly rest: number;
}

/** What the whole build asks of its kernels. */
export interface Style {
  /** Fewer bytes before speed: no unrolling, no tiles. Set by `--optimize size`. */
  readonly compact: boolean;
}

/**
 * One way to run an operator. The plan takes, of those that fit, the one with the lowest cost; only then it
 * packs constants and lays out the arena.
 */
export interface KernelVariant<A> {
  /** The function that the kernel file exports: `conv_2d_s8`. */
  readonly name: string;
  /** The kernel file below `assembly/`, without its ending: `conv_2d/portable`. */
  readonly file: string;
  /**
   * Of kernels with relaxed dot products: the bits of the second operand for which the machine must multiply and add exactly,
   * 7 (unsigned) or 8 (signed or unsigned: the kernel finds out which). Machines differ; hosts ask `host/dot_probe.ts`.
   */
  readonly dotBits?: 7 | 8;
  fits(layer: Layer<A>, target: Target): boolean;
  /** Rough cycles of one inference on the target; only compared with other variants' of the same layer. */
  cost(layer: Layer<A>, target: Target): number;
  /** Constants in the kernel's own layout; none if left out. */
  pack?(layer: Layer<A>, style: Style): Packed;
  /** Bytes of arena that the kernel needs while it runs, 16-byte aligned; 0 if left out. */
  scratch?(layer: Layer<A>): number;
  /** Left out: the kernel finds all its constants in memory. */
  stream?(layer: Layer<A>): Stream;
  /**
   * May output 0 reuse the memory of input `index` when nobody needs that input afterwards? `undefined`: no; never asked
   * where either is state, nor of operators with several outputs that are not.
   * A number `d` ≥ 0: yes, where the output starts at least `d` bytes before the input (0: at the same address
   * or before it), because every write stays behind all reads that are still to come.
   */
  overlap?(layer: Layer<A>, index: number): number | undefined;
  /** The calls of the kernel that run the layer: one list of arguments each, in order. */
  calls(layer: Layer<A>, packed: Packed, style: Style): readonly (readonly Argument[])[];
}

/** What passes may ask about an operator without knowing its name. */
/** No sum of a layer's products and biases lies outside, whatever the input; `bits` of the integers that it is kept in. */
export interface SumRange {
  readonly low: number;
  readonly high: number;
  readonly bits: 32 | 64;
}

export interface Traits<A> {
  /** Each output element depends only on the same element of input 0 (other inputs are constant scalars). */
  elementwise?(layer: Layer<A>): boolean;
  /**
   * Does each output element depend only on the elements of the inputs at the same index, after broadcasting? Then
   * dimensions may change places, in all of them alike.
   */
  broadcasts?(layer: Layer<A>): boolean;
  /**
   * Does each row of the output, what has all indices but the last in common, depend only on the same row of input 0, the
   * other inputs being constants? Then the dimensions before the last may change places.
   */
  rowwise?(layer: Layer<A>): boolean;
  /** How the rows of input 0, its indices of dimension 1, become those of the output; `undefined`: in another way. */
  rows?(layer: Layer<A>): RowFlow<A> | undefined;
  /**
   * The dimensions of input 0 that the operator sums, or otherwise takes together in any order, and that its attributes call
   * `axes`; the output has the others, and dimensions of 1 for these only where its rank is that of the input.
   */
  reduces?(layer: Layer<A>): readonly number[];
  /**
   * Output `output` is, byte for byte, the run of bytes of input `input` (or input `input` is such a run of
   * output `output`) that starts at `offset`. Several entries for an operator that joins or splits.
   */
  copies?(layer: Layer<A>): readonly Copy[];
  /** How channels, the indices of an activation's last dimension, pass through; `undefined`: mixed in another way. */
  channels?(layer: Layer<A>): ChannelFlow | undefined;
  /** The sums of products that the layer can have; `undefined` where its weights are not known. */
  sums?(layer: Layer<A>): SumRange | undefined;
  /** Does the layer compute with floats although none of its tensors is float32? False if left out. */
  floats?(layer: Layer<A>): boolean;
  /**
   * Do some output pixels see only a part of the filter's window? Then a constant channel does not add the same to all of
   * them, unless it holds the zero point. False if left out.
   */
  clipped?(layer: Layer<A>): boolean;
}

/**
 * `each`: output channel c depends on channel c of every activation, and on index c of the last dimension of those
 * constants that have as many. `filters`: a constant filter [output channels, …, columns] and an optional bias mix them;
 * column k is for input channel k modulo their number. `flatten`: output channel i is input channel i modulo the number of
 * input channels. `join`: the output's channels are those of all inputs, one input after the other.
 */
export type ChannelFlow = "each" | "filters" | "flatten" | "join";

/**
 * Row r of a window operator's output depends on `reach` rows of input 0, [batches, rows, columns, channels], from row
 * r · `stride` − `padding` on, as far as there are such.
 */
export interface RowFlow<A> {
  readonly stride: number;
  readonly padding: number;
  readonly reach: number;
  /** For some of the rows: with so many rows of padding above and below the rows of the input that they depend on. */
  attributes(above: number, below: number): A;
}

/** A stretch of bytes that a copying operator only moves. */
export interface Copy {
  readonly input: number;
  readonly output: number;
  /** Which of the two contains the other; for equal sizes either. */
  readonly inside: "input" | "output";
  /** Where the smaller one starts within the larger one, in bytes. */
  readonly offset: number;
}

/** The attributes with which an operator does work that an import needs done. Each job is one operator's. */
export interface Jobs<A> {
  /** The same elements in the same order under another shape. */
  view(shape: readonly number[]): A;
  /** Dimensions in another order: new dimension d is old dimension `permutation[d]`. */
  reorder(permutation: readonly number[]): A;
  /** Other integers for the same real numbers, or integers for float32. */
  recode(): A;
  /** float32 for integers. */
  decode(): A;
  /** Each int8 by what `table` has for it, from −128 on. */
  map(table: readonly number[]): A;
}

export interface OperatorDescriptor<A = unknown> {
  /** Basename of the operator's files. */
  readonly kind: string;
  readonly tflite: readonly TfliteSpelling<A>[];
  readonly onnx?: readonly OnnxSpelling<A>[];
  /** Work that an import gives the operator where no operator of the file asks for it. */
  readonly jobs?: Partial<Jobs<A>>;
  /** Shape, type and quantization rules. Throws an `OperatorFault` that says expected, found and what to do. */
  check(layer: Layer<A>): void;
  /**
   * Shapes of the outputs for the layer's inputs: for files that leave them out (ONNX) or were asked for other inputs
   * (`--shape`). Throws an `OperatorFault` on inputs that do not fit together.
   */
  shapes?(layer: Omit<Layer<A>, "outputs" | "operator">): readonly (readonly number[])[];
  /** Multiply-accumulates of one inference; 0 if left out. */
  macs?(layer: Layer<A>): number;
  readonly traits?: Traits<A>;
  /**
   * The reference, written from the formula: constants, activations and state in, outputs out, new state among them.
   * Exact to the bit. `inputs` are in the layer's order; an absent one is `undefined`.
   */
  evaluate(layer: Layer<A>, inputs: readonly (Values | undefined)[]): Values[];
  readonly variants: readonly KernelVariant<A>[];
  /** Limits worth a line in OPERATORS.md. */
  readonly limits?: string;
}

/**
 * Types a descriptor by its own attributes and forgets them: a stage handles attributes only as a whole, and an
 * operator's attributes always come from its own `read`.
 */
export function defineOperator<A>(descriptor: OperatorDescriptor<A>): OperatorDescriptor {
  return descriptor as unknown as OperatorDescriptor;
}

export type { Layer, Quantization, Tensor, TensorId, Values };
