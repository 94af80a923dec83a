/** What can be said of a finished module for certain, by reading its code: nothing here comes from the plan. */

import { isFloat } from "./accesses.ts";
import { callsOf, deepestChain, type FunctionCalls } from "./calls.ts";
import { instructionsOf, type ModuleCounts } from "./count.ts";
import { instructionsIn, OP } from "./instructions.ts";
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

interface FunctionFacts extends FunctionCalls {
  readonly floats: boolean;
  readonly vectors: boolean;
  readonly grows: boolean;
  readonly indirect: boolean;
}

const VALUE_BYTES = 8;

/** `counts` of one inference of the same module; `names` of its functions by index. */
export function certify(wasm: Uint8Array, names: readonly string[], counts: ModuleCounts): Certificate {
  const module = readModule(wasm);
  const facts = module.functions.map((body) => factsOf(module, body));
  const invoke = module.exports.find(({ name, kind }) => name === "invoke" && kind === 0)?.index ?? 0;
  const { depth, cost, recursion } = deepestChain(facts, invoke, ({ values }) => values);
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
    stackBytes: recursion || vectors ? undefined : cost * VALUE_BYTES,
    instructions: instructionsOf(counts.total),
    bound: proof.instructions,
    unbounded: namesOf(proof.open),
    memoryEnd: proof.memoryEnd,
    unconfined: namesOf(proof.unconfined),
  };
}

function factsOf(module: ModuleShape, body: FunctionBody): FunctionFacts {
  const facts = { floats: false, vectors: false, grows: false, indirect: false };
  for (const instruction of instructionsIn(module.bytes, body)) {
    const { opcode } = instruction;
    facts.floats ||= isFloat(instruction);
    facts.vectors ||= instruction.class === "vector";
    facts.grows ||= opcode === OP.memoryGrow;
    facts.indirect ||= opcode === OP.callIndirect;
  }
  return { ...callsOf(module, body), ...facts };
}
