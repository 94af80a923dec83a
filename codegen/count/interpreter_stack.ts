/**
 * What an interpreter with 32-bit slots keeps for a module: the rules are those of wasm3 0.5.0 (`m3_compile.c`, `CompileFunction`,
 * `ReserveConstants`, `AllocateSlots`), whose frames are the largest that we know.
 */

import { callsOf, deepestChain, type FunctionCalls } from "./calls.ts";
import { type FunctionBody, type ModuleShape, readModule } from "./module.ts";

export interface InterpreterStack {
  /** Bytes of frames on the deepest chain of calls from an export. */
  readonly bytes: number;
  /** Functions on the longest of these chains. */
  readonly depth: number;
  /** Values that its compiler keeps track of in one function: its `d_m3MaxFunctionStackHeight`, which stands for twice as many slots. */
  readonly height: number;
}

const SLOT_BYTES = 4;

/** Slots of constants that a frame has at most, its `d_m3MaxConstantTableSize`. */
export const CONSTANT_SLOTS = 64;

/** A kernel that calls itself does so once a dimension, and importers take no tensor with more of them. */
const MOST_ROUNDS = 8;

interface Frame extends FunctionCalls {
  readonly slots: number;
  /** How often it is on a chain of calls. */
  readonly rounds: number;
}

/** Reads a valid module, whose functions call no other in a circle than themselves. */
export function interpreterStack(wasm: Uint8Array): InterpreterStack {
  const module = readModule(wasm);
  const frames = module.functions.map((body, index) => frameOf(module, body, index));
  const starts = module.exports.filter(({ kind }) => kind === 0);
  const most = (costOf: (frame: Frame) => number) =>
    Math.max(0, ...starts.map(({ index }) => deepestChain(frames, index, costOf).cost));
  return {
    // It asks for one slot more than there are.
    bytes: SLOT_BYTES * (1 + most(({ slots, rounds }) => slots * rounds)),
    depth: most(({ rounds }) => rounds),
    height: Math.max(1, ...frames.map(({ values, slots }) => Math.max(values + 1, Math.ceil(slots / 2)))),
  };
}

/**
 * Results, parameters and locals take two slots at most, and so do operands: values of 64 bits lie in aligned pairs, and of the
 * first n + 1 pairs one is free while n values are there.
 */
function frameOf(module: ModuleShape, body: FunctionBody, index: number): Frame {
  const found = callsOf(module, body);
  return {
    ...found,
    slots: 2 * (body.signature.results + found.values + 1) + constantSlots(module, body),
    rounds: found.calls.has(index) ? MOST_ROUNDS : 1,
  };
}

/** Room for constants is set aside for whatever byte of the code looks like the opcode of one. */
function constantSlots({ bytes }: ModuleShape, { code, end }: FunctionBody): number {
  let slots = 0;
  for (let at = code; at < end && slots < CONSTANT_SLOTS; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x41 || byte === 0x43) slots += 1;
    if (byte === 0x42 || byte === 0x44) slots += 2;
  }
  return slots + (slots % 2);
}
