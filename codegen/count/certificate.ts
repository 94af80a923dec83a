/** What can be said of a finished module for certain, by reading its code: nothing here comes from the plan. */

import { Cursor } from "../build/wasm_bytes.ts";
import { instructionsOf, type ModuleCounts } from "./count.ts";
import { decode, type Instruction, OP, VOID } from "./instructions.ts";
import { type FunctionBody, type ModuleShape, readModule } from "./module.ts";
import { proofOf } from "./proof.ts";

export interface Certificate {
  readonly floats: boolean;
  readonly vectors: boolean;
  readonly imports: number;
  readonly memoryGrows: boolean;
  readonly indirectCalls: boolean;
  readonly recursion: boolean;
  /** Functions that are in each other at most. */
  readonly callDepth: number;
  /**
   * Bytes of parameters, locals and operands on the deepest chain of calls from `invoke`, 8 each, as interpreters keep them;
   * `undefined` with recursion or vectors.
   */
  readonly stackBytes: number | undefined;
  /** Instructions of the inference that was counted, and of the worst one; `undefined` where none is proven. */
  readonly instructions: number;
  readonly bound: number | undefined;
  /** Names of the functions that keep it from being proven. */
  readonly unbounded: readonly string[];
  /** Loads, stores and initial data stay below this address, whatever the inputs hold; `undefined` where none is proven. */
  readonly memoryEnd: number | undefined;
  readonly unconfined: readonly string[];
}

interface FunctionFacts {
  readonly calls: ReadonlySet<number>;
  readonly floats: boolean;
  readonly vectors: boolean;
  readonly grows: boolean;
  readonly indirect: boolean;
  /** Parameters, locals and operands at most. */
  readonly slots: number;
}

const SLOT_BYTES = 8;

/** `counts` of one inference of the same module; `names` of its functions by index. */
export function certify(wasm: Uint8Array, names: readonly string[], counts: ModuleCounts): Certificate {
  const module = readModule(wasm);
  const facts = module.functions.map((body) => factsOf(module, body));
  const invoke = module.exports.find(({ name, kind }) => name === "invoke" && kind === 0)?.index ?? 0;
  const { depth, slots, recursion } = chainFrom(facts, invoke);
  const vectors = facts.some((entry) => entry.vectors);
  const proof = proofOf(module);
  const namesOf = (functions: readonly number[]) =>
    functions.map((index) => names[index] ?? `function ${index}`);
  return {
    floats: facts.some((entry) => entry.floats),
    vectors,
    imports: module.imports,
    memoryGrows:
      facts.some(({ grows }) => grows) || module.memory.initial !== (module.memory.maximum ?? Infinity),
    indirectCalls: facts.some(({ indirect }) => indirect),
    recursion,
    callDepth: depth,
    stackBytes: recursion || vectors ? undefined : slots * SLOT_BYTES,
    instructions: instructionsOf(counts.total),
    bound: proof.instructions,
    unbounded: namesOf(proof.open),
    memoryEnd: proof.memoryEnd,
    unconfined: namesOf(proof.unconfined),
  };
}

function factsOf(module: ModuleShape, body: FunctionBody): FunctionFacts {
  const calls = new Set<number>();
  const facts = { floats: false, vectors: false, grows: false, indirect: false };
  const heights = [0];
  let height = 0;
  let most = 0;
  const cursor = new Cursor(module.bytes, body.code);
  while (cursor.at < body.end) {
    const instruction = decode(cursor);
    const { opcode, index } = instruction;
    if (opcode === OP.call) calls.add(index);
    facts.floats ||= instruction.class === "float" || isFloatAccess(opcode);
    facts.vectors ||= instruction.class === "vector";
    facts.grows ||= opcode === OP.memoryGrow;
    facts.indirect ||= opcode === OP.callIndirect;
    height = heightAfter(instruction, height, heights, module);
    most = Math.max(most, height);
  }
  return { calls, ...facts, slots: body.signature.parameters + body.locals + most };
}

/** Loads, stores and constants of floats. */
function isFloatAccess(opcode: number): boolean {
  return (
    opcode === 0x2a ||
    opcode === 0x2b ||
    opcode === 0x38 ||
    opcode === 0x39 ||
    opcode === 0x43 ||
    opcode === 0x44
  );
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

/** The chain of calls with the most slots, and the longest one. */
function chainFrom(
  facts: readonly FunctionFacts[],
  start: number,
): { depth: number; slots: number; recursion: boolean } {
  const done = new Map<number, { depth: number; slots: number }>();
  const path = new Set<number>();
  let recursion = false;
  const visit = (index: number): { depth: number; slots: number } => {
    const known = done.get(index);
    if (known) return known;
    if (path.has(index)) {
      recursion = true;
      return { depth: 0, slots: 0 };
    }
    path.add(index);
    const entry = facts[index];
    const below = [...(entry?.calls ?? [])].map(visit);
    path.delete(index);
    const chain = {
      depth: 1 + Math.max(0, ...below.map(({ depth }) => depth)),
      slots: (entry?.slots ?? 0) + Math.max(0, ...below.map(({ slots }) => slots)),
    };
    done.set(index, chain);
    return chain;
  };
  return { ...visit(start), recursion };
}
