/** The plan: plain data that says what the module computes, where everything lies and which kernel runs it. */

import type { Tensor } from "../graph/tensor.ts";
import type { SumRange } from "../ops/descriptor.ts";
import type { Target } from "./target.ts";

/** A resolved argument of a call: what `model.ts` prints. */
export interface PlannedArgument {
  readonly name: string;
  readonly value: number;
  readonly note?: string;
}

/** One layer: one function of the module. */
export interface PlannedLayer {
  /** Position in the order of execution, from 0. */
  readonly index: number;
  /** Function name in the module: `layer_3_conv_2d`. */
  readonly name: string;
  /** Descriptor's basename, and how messages and reports call the operator. */
  readonly kind: string;
  readonly spelling: string;
  readonly operatorName: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly kernel: { readonly name: string; readonly file: string };
  /** The variant's `dotBits`. */
  readonly dotBits?: 7 | 8;
  /** Calls of `copy_from_flash` that bring constants into memory before the kernel runs. */
  readonly copies: readonly (readonly PlannedArgument[])[];
  readonly calls: readonly (readonly PlannedArgument[])[];
  /** Whether the kernel's body is inlined here with its literals, or shared with other layers. */
  readonly inline: boolean;
  readonly macs: number;
  /** Whether it computes with floats. */
  readonly floats: boolean;
  /** The sums of products that it can have, whatever the input, where that is known. */
  readonly sums?: SumRange;
  /** Bytes of packed constants by role. */
  readonly weightBytes: number;
  readonly tableBytes: number;
}

/** A number of a loop's row: its type and its offset in bytes. */
export interface Column {
  readonly type: "i8" | "u8" | "i16" | "u16" | "i32";
  readonly offset: number;
}

/**
 * Layers that run several times, each time with the arguments of another row: layer `first` + k + r · `period` is layer
 * `first` + k in round r.
 */
export interface PlannedLoop {
  readonly first: number;
  /** Layers of one round. */
  readonly period: number;
  readonly rounds: number;
  /** Address of round 0's row, and bytes from row to row. */
  readonly table: number;
  readonly rowBytes: number;
  /** Where an argument is found that differs between rounds, by its position among all those of a round. */
  readonly columns: ReadonlyMap<number, Column>;
}

/** A stretch of the arena and when it is in use; for the report's timeline and the overlap property. */
export interface ArenaBlock {
  readonly name: string;
  /** Byte address in linear memory. */
  readonly address: number;
  readonly bytes: number;
  /** First and last layer (inclusive) during which the bytes must not be overwritten; −1: before the first. */
  readonly first: number;
  readonly last: number;
  /** Whether part of it is state. */
  readonly state?: true;
}

/** A tensor that keeps its value between inferences, and what a reset puts there: one byte throughout, or a copy. */
export type StateBlock = {
  readonly name: string;
  readonly address: number;
  readonly bytes: number;
} & ({ readonly fill: number } | { readonly copyOf: number });

export interface ConstantBlock {
  readonly name: string;
  /** In linear memory, or within the segment that stays in flash. */
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly role: "weights" | "tables";
  /** Layers that use it. */
  readonly layers: readonly number[];
}

/** An input or output of the module. */
export interface Port {
  readonly tensor: Tensor;
  readonly address: number;
}

export interface Memory {
  /** Address and bytes of inputs, activations, outputs, state and scratch. */
  readonly arenaAddress: number;
  readonly arenaBytes: number;
  /** No arrangement can take less. */
  readonly arenaBound: number;
  readonly blocks: readonly ArenaBlock[];
  readonly constants: readonly ConstantBlock[];
  /** What stays in the module's bytes, at addresses of its own from 0 on. */
  readonly flash: readonly ConstantBlock[];
  /** Bytes of linear memory in use, and the 64 KiB pages that hold them. */
  readonly totalBytes: number;
  readonly pages: number;
}

export interface Plan {
  readonly name: string;
  readonly file: string;
  readonly target: Target;
  readonly layers: readonly PlannedLayer[];
  /** In order, apart from each other. */
  readonly loops: readonly PlannedLoop[];
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** By address. */
  readonly state: readonly StateBlock[];
  readonly memory: Memory;
}

/** Bits of relaxed dot products' second operand that a plan's kernels need to be exact; `undefined` where none are used. */
export function dotBitsOf(plan: Pick<Plan, "layers">): 7 | 8 | undefined {
  const bits = new Set(plan.layers.map(({ dotBits }) => dotBits));
  return bits.has(8) ? 8 : bits.has(7) ? 7 : undefined;
}
