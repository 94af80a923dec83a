/**
 * Decodes instructions: class, immediates, and what they do to the operand stack (WebAssembly 2.0, binary format, section 5.4).
 */

import { Cursor } from "../build/wasm_bytes.ts";
import { isAccess } from "./accesses.ts";

/** Kinds of instructions that cost about the same on a runtime. */
export const CLASSES = [
  "get",
  "set",
  "const",
  "i32",
  "i32.mul",
  "i32.compare",
  "i64",
  "i64.mul",
  "i64.shift",
  "divide",
  "convert",
  "load",
  "load.i64",
  "store",
  "choose",
  "branch",
  "block",
  "call",
  "global",
  "bulk",
  "float",
  "vector",
] as const;

export type InstructionClass = (typeof CLASSES)[number];

/** Executed instructions by class; absent classes are zero. */
export type Counts = Readonly<Partial<Record<InstructionClass, number>>>;

export interface Instruction {
  readonly opcode: number;
  /** `undefined`: a delimiter, which executes nothing. */
  readonly class: InstructionClass | undefined;
  /** Operands it takes and gives; for `call`, what its type says is not in here. */
  readonly pops: number;
  readonly pushes: number;
  /** Local, global, function, label, or block type (as the byte) that it names. */
  readonly index: number;
  /** Offset of a load or store, value of an integer constant; else 0. */
  readonly immediate: number;
}

export const OP = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  memoryInit: 0xfc08,
} as const;

/** The block type of blocks without a result. */
export const VOID = 0x40;

type Effect = readonly [class_: InstructionClass | undefined, pops: number, pushes: number];

/** Class and effect of an opcode of one byte without a prefix. */
function effectOf(opcode: number): Effect {
  switch (opcode) {
    case OP.unreachable:
    case OP.br:
    case OP.return:
      return ["branch", 0, 0];
    case OP.brIf:
    case OP.brTable:
    case OP.if:
      return ["branch", 1, 0];
    case OP.nop:
    case OP.else:
    case OP.end:
      return [undefined, 0, 0];
    case OP.block:
    case OP.loop:
      return ["block", 0, 0];
    case OP.call:
      return ["call", 0, 0];
    case OP.callIndirect:
      return ["call", 1, 0];
    case OP.drop:
      return ["get", 1, 0];
    case 0x1b:
    case 0x1c:
      return ["choose", 3, 1];
    case OP.localGet:
      return ["get", 0, 1];
    case OP.localSet:
      return ["set", 1, 0];
    case OP.localTee:
      return ["set", 1, 1];
    case OP.globalGet:
      return ["global", 0, 1];
    case OP.globalSet:
      return ["global", 1, 0];
    case OP.memorySize:
      return ["global", 0, 1];
    case OP.memoryGrow:
      return ["bulk", 1, 1];
    default:
      return numericEffect(opcode);
  }
}

/** Loads, stores, constants and arithmetic, whose opcodes lie in ranges. */
function numericEffect(opcode: number): Effect {
  const within = (first: number, last: number) => opcode >= first && opcode <= last;
  if (opcode === 0x29 || within(0x30, 0x35)) return ["load.i64", 1, 1];
  if (within(0x28, 0x2f)) return ["load", 1, 1];
  if (within(0x36, 0x3e)) return ["store", 2, 0];
  if (within(0x41, 0x44)) return ["const", 0, 1];
  if (opcode === 0x45) return ["i32.compare", 1, 1];
  if (within(0x46, 0x4f)) return ["i32.compare", 2, 1];
  if (opcode === 0x50) return ["i64", 1, 1];
  if (within(0x51, 0x5a)) return ["i64", 2, 1];
  if (within(0x5b, 0x66)) return ["float", 2, 1];
  if (within(0x67, 0x69)) return ["i32", 1, 1];
  if (opcode === 0x6c) return ["i32.mul", 2, 1];
  if (within(0x6d, 0x70)) return ["divide", 2, 1];
  if (within(0x6a, 0x78)) return ["i32", 2, 1];
  if (within(0x79, 0x7b)) return ["i64", 1, 1];
  if (opcode === 0x7e) return ["i64.mul", 2, 1];
  if (within(0x7f, 0x82)) return ["divide", 2, 1];
  if (within(0x86, 0x8a)) return ["i64.shift", 2, 1];
  if (within(0x7c, 0x85)) return ["i64", 2, 1];
  if (within(0x8b, 0x91) || within(0x99, 0x9f)) return ["float", 1, 1];
  if (within(0x92, 0x98) || within(0xa0, 0xa6)) return ["float", 2, 1];
  if (opcode === 0xa7 || opcode === 0xac || opcode === 0xad || within(0xc0, 0xc4)) return ["convert", 1, 1];
  if (within(0xa8, 0xbf)) return ["float", 1, 1];
  throw new RangeError(`unknown opcode 0x${opcode.toString(16)}`);
}

/** Reads the instruction at the cursor and goes past it. */
export function decode(cursor: Cursor): Instruction {
  const opcode = cursor.byte();
  if (opcode === 0xfc) return bulkInstruction(cursor);
  if (opcode === 0xfd) return vectorInstruction(cursor);
  const [class_, pops, pushes] = effectOf(opcode);
  const [index, immediate] =
    isAccess(opcode) || isIntegerConstant(opcode) ? [0, value(opcode, cursor)] : [label(opcode, cursor), 0];
  return { opcode, class: class_, pops, pushes, index, immediate };
}

function isIntegerConstant(opcode: number): boolean {
  return opcode === OP.i32Const || opcode === OP.i64Const;
}

/** What `Instruction.immediate` says of loads, stores and integer constants. */
function value(opcode: number, cursor: Cursor): number {
  if (isIntegerConstant(opcode)) return cursor.signedNumber();
  cursor.skipNumber();
  return cursor.number();
}

/** Goes past the immediates of all others; what `Instruction.index` says of them. */
function label(opcode: number, cursor: Cursor): number {
  switch (opcode) {
    case OP.block:
    case OP.loop:
    case OP.if:
    case OP.memorySize:
    case OP.memoryGrow:
      return cursor.byte();
    case OP.br:
    case OP.brIf:
    case OP.call:
    case OP.localGet:
    case OP.localSet:
    case OP.localTee:
    case OP.globalGet:
    case OP.globalSet:
      return cursor.number();
    case OP.brTable:
      for (let labels = cursor.number() + 1; labels > 0; labels--) cursor.skipNumber();
      return 0;
    case OP.callIndirect:
      cursor.skipNumber();
      return cursor.number();
    case 0x1c:
      cursor.at += cursor.number();
      return 0;
    case 0x43:
    case 0x44:
      cursor.at += opcode === 0x43 ? 4 : 8;
      return 0;
    default:
      return 0;
  }
}

/** Prefix 0xfc: float to integer with saturation, and memory in bulk. */
function bulkInstruction(cursor: Cursor): Instruction {
  const operation = cursor.number();
  const opcode = 0xfc00 + operation;
  if (operation < 8) return { opcode, class: "float", pops: 1, pushes: 1, index: 0, immediate: 0 };
  const DATA_DROP = 9;
  const index = cursor.number();
  if (operation === 8 || operation === 10) cursor.skipNumber();
  return { opcode, class: "bulk", pops: operation === DATA_DROP ? 0 : 3, pushes: 0, index, immediate: 0 };
}

/** Prefix 0xfd: vectors, of which only the length is of interest. */
function vectorInstruction(cursor: Cursor): Instruction {
  const operation = cursor.number();
  const memory = operation <= 11 || operation === 92 || operation === 93;
  const lane = operation >= 84 && operation <= 91;
  if (memory || lane) {
    cursor.skipNumber();
    cursor.skipNumber();
  }
  if (operation === 12 || operation === 13) cursor.at += 16;
  if (lane || (operation >= 21 && operation <= 34)) cursor.at += 1;
  return { opcode: 0xfd00 + operation, class: "vector", pops: 0, pushes: 0, index: 0, immediate: 0 };
}

/** The instructions of a function's body, in order. */
export function* instructionsIn(
  bytes: Uint8Array,
  { code, end }: { readonly code: number; readonly end: number },
): Generator<Instruction> {
  const cursor = new Cursor(bytes, code);
  while (cursor.at < end) yield decode(cursor);
}
