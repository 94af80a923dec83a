/** Which functions of a module call which, the values that each keeps, and the deepest chain of calls. */

import { type Instruction, instructionsIn, OP, VOID } from "./instructions.ts";
import type { FunctionBody, ModuleShape } from "./module.ts";

export interface FunctionCalls {
  readonly calls: ReadonlySet<number>;
  /** Parameters, locals and operands at most. */
  readonly values: number;
}

export function callsOf(module: ModuleShape, body: FunctionBody): FunctionCalls {
  const calls = new Set<number>();
  const heights = [0];
  let height = 0;
  let most = 0;
  for (const instruction of instructionsIn(module.bytes, body)) {
    if (instruction.opcode === OP.call) calls.add(instruction.index);
    height = heightAfter(instruction, height, heights, module);
    most = Math.max(most, height);
  }
  return { calls, values: body.signature.parameters + body.locals + most };
}

/** Operands on the stack behind an instruction; `heights`: below each open block, with its results. */
function heightAfter(
  { opcode, pops, pushes, index }: Instruction,
  before: number,
  heights: number[],
  module: ModuleShape,
): number {
  const height = Math.max(heights.at(-1) ?? 0, before - pops);
  switch (opcode) {
    case OP.block:
    case OP.loop:
    case OP.if:
      heights.push(height);
      // The results are counted from here on, which is more than there are but never less.
      return height + (index === VOID ? 0 : 1);
    case OP.else:
      return heights.at(-1) ?? 0;
    case OP.end:
      return Math.max(before, heights.pop() ?? 0);
    case OP.call: {
      const { parameters, results } = module.functions[index]?.signature ?? { parameters: 0, results: 0 };
      return Math.max(heights.at(-1) ?? 0, height - parameters) + results;
    }
    default:
      return height + pushes;
  }
}

/** The costliest chain of calls from function `start`, by what each function costs, and how long the longest one is. */
export function deepestChain<T extends FunctionCalls>(
  functions: readonly T[],
  start: number,
  costOf: (called: T) => number,
): { depth: number; cost: number; recursion: boolean } {
  const done = new Map<number, { depth: number; cost: number }>();
  const path = new Set<number>();
  let recursion = false;
  const visit = (index: number): { depth: number; cost: number } => {
    const known = done.get(index);
    if (known) return known;
    const called = functions[index];
    if (!called) return { depth: 0, cost: 0 };
    if (path.has(index)) {
      recursion = true;
      return { depth: 0, cost: 0 };
    }
    path.add(index);
    const below = [...called.calls].map(visit);
    path.delete(index);
    const chain = {
      depth: 1 + Math.max(0, ...below.map(({ depth }) => depth)),
      cost: costOf(called) + Math.max(0, ...below.map(({ cost }) => cost)),
    };
    done.set(index, chain);
    return chain;
  };
  return { ...visit(start), recursion };
}
