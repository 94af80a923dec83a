/** What is known of a value in a finished module: whether it is the same for every input, and its range. */

import { accessBytes, isAccess, isLoad, mayTrap } from "./accesses.ts";
import type { Instruction } from "./instructions.ts";
import { ANY_I64, binaryRange, joinRanges, loadedRange, type Range, unaryRange, widened } from "./ranges.ts";

export interface Value extends Range {
  /** Whether it may differ from input to input; a **closed** value is the same for all. */
  readonly open: boolean;
}

export const ZERO: Value = { open: false, low: 0, high: 0 };
export const UNKNOWN: Value = { open: true, ...ANY_I64 };

/** Open where either is. */
export function joinValues(left: Value | undefined, right: Value): Value {
  return left ? { open: left.open || right.open, ...joinRanges(left, right) } : right;
}

export function joinLocals(left: readonly Value[] | undefined, right: readonly Value[]): Value[] {
  return right.map((value, index) => joinValues(left?.[index], value));
}

export function sameValues(left: readonly Value[], right: readonly Value[]): boolean {
  return right.every((value, index) => {
    const other = left[index];
    return value.open === other?.open && value.low === other.low && value.high === other.high;
  });
}

/** Gives up the bounds that moved. */
export function widenedValue(before: Value | undefined, after: Value): Value {
  return before ? { open: after.open, ...widened(before, after) } : after;
}

/** What a pass over the code asks of an instruction, by the position at which it starts. */
export type Site = { readonly function: number; readonly segment: number } & (
  | {
      /** A load or store, of `bytes` bytes from the address plus `offset`. */
      readonly kind: "access";
      readonly store: boolean;
      readonly address: Value;
      readonly offset: number;
      readonly bytes: number;
    }
  /** Memory in bulk; `open` unless it is memory.init and is known how much of it goes where. */
  | { readonly kind: "init"; readonly open: boolean }
  /** An operation on a closed operand, the lower or upper one on the stack, and an open one. */
  | { readonly kind: "mixed"; readonly closed: "lower" | "upper" }
  /** An open value decides about a branch; `otherwise`: an if with an else. */
  | { readonly kind: "decision"; readonly otherwise: boolean }
  /** It could trap on an open operand. */
  | { readonly kind: "hazard" }
);

export type SiteContent = Site extends infer S
  ? S extends Site
    ? Omit<S, "function" | "segment">
    : never
  : never;

/** What is taken as known of a module's memory and of its closed values. */
export interface Assumptions {
  /** Positions of loads that read what nothing writes. */
  readonly constantLoads: ReadonlySet<number>;
  /** Ranges of the closed operands of mixed operations, by position, as they were found. */
  readonly found: ReadonlyMap<number, Range>;
}

/** The result of an instruction that only takes operands from the stack and gives one; `note` hears what it asks for. */
export function resultOf(
  instruction: Instruction,
  position: number,
  operands: readonly Value[],
  { constantLoads, found }: Assumptions,
  note: (site: SiteContent) => void,
): Value {
  const { opcode, immediate } = instruction;
  const open = operands.some((operand) => operand.open);
  if (isAccess(opcode)) {
    const [address = UNKNOWN] = operands;
    const store = !isLoad(opcode);
    note({ kind: "access", store, address, offset: immediate, bytes: accessBytes(opcode) });
    return { open: open || !constantLoads.has(position), ...loadedRange(opcode) };
  }
  if (instruction.class === "const") return { open: false, low: immediate, high: immediate };
  if (instruction.class === "global" || instruction.class === "bulk") return UNKNOWN;
  if (open && mayTrap(opcode)) note({ kind: "hazard" });
  const [first = UNKNOWN, second] = operands;
  if (instruction.class === "choose") return { open, ...joinRanges(first, second ?? UNKNOWN) };
  if (second === undefined) return { open, ...unaryRange(opcode, first) };
  if (first.open === second.open || !isI32Arithmetic(opcode)) {
    return { open, ...binaryRange(opcode, first, second) };
  }
  note({ kind: "mixed", closed: first.open ? "upper" : "lower" });
  const closed = found.get(position);
  return {
    open,
    ...binaryRange(opcode, first.open ? first : (closed ?? first), first.open ? (closed ?? second) : second),
  };
}

/** All but divisions, whose probes are those of what may trap. */
function isI32Arithmetic(opcode: number): boolean {
  return opcode >= 0x6a && opcode <= 0x78 && !mayTrap(opcode);
}
