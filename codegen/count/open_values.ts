/** Follows which values of a function depend on what is loaded from memory, and which code they decide about: see `proof.ts`. */

import { Cursor } from "../build/wasm_bytes.ts";
import { isAccess } from "./accesses.ts";
import { arrive, Frames } from "./frames.ts";
import { decode, type Instruction, OP, VOID } from "./instructions.ts";
import { endsSegment } from "./instrument.ts";
import { joinCall, joinLoop, joinResult, type Knowledge } from "./knowledge.ts";
import type { ModuleShape } from "./module.ts";
import {
  type Assumptions,
  joinLocals,
  resultOf,
  type Site,
  type SiteContent,
  UNKNOWN,
  type Value,
  ZERO,
} from "./values.ts";

/** One pass over a function's code with what is known so far. */
export class OpenValues {
  /** The piece of code that decides about each segment of the function; `undefined`: none, it always runs as often. */
  readonly deciders: (number | undefined)[] = [];
  readonly sites = new Map<number, Site>();
  /** Functions that it calls, with the segment of each call. */
  readonly calls: { readonly callee: number; readonly segment: number }[] = [];
  /** Whether something became more open than it was known to be. */
  changed = false;
  /** Whether a loop's rounds depend on an open value. */
  unbounded = false;
  readonly #stack: Value[] = [];
  readonly #frames = new Frames();
  #locals: Value[] = [];
  #dead = false;
  #position = 0;

  constructor(
    readonly module: ModuleShape,
    readonly index: number,
    readonly known: readonly Knowledge[],
    readonly firstSegment: number,
    readonly assumptions: Assumptions,
  ) {}

  run(): void {
    const body = this.module.functions[this.index];
    const own = this.known[this.index];
    if (!body || !own?.parameters) return;
    this.#locals = [...own.parameters, ...new Array<Value>(body.locals).fill(ZERO)];
    this.#frames.push({ results: body.signature.results, height: 0 });
    this.deciders.push(undefined);
    const cursor = new Cursor(this.module.bytes, body.code);
    while (cursor.at < body.end) {
      this.#position = cursor.at;
      const instruction = decode(cursor);
      this.#step(instruction, cursor.at, own);
      if (endsSegment(instruction) && cursor.at < body.end) this.deciders.push(this.#frames.decider());
    }
  }

  #pop(): Value {
    if (this.#stack.length <= (this.#frames.top?.height ?? 0)) return ZERO;
    return this.#stack.pop() ?? ZERO;
  }

  #note(content: SiteContent, position = this.#position): void {
    if (this.#dead) return;
    this.sites.set(position, { ...content, function: this.index, segment: this.#segment() });
  }

  #step(instruction: Instruction, next: number, own: Knowledge): void {
    const { opcode, index } = instruction;
    const results = index === VOID ? 0 : 1;
    switch (opcode) {
      case OP.block:
        this.#frames.push({ results, height: this.#stack.length });
        break;
      case OP.loop:
        this.#loop(next, results, own);
        break;
      case OP.if:
        this.#if(results);
        break;
      case OP.else:
        this.#else();
        break;
      case OP.end:
        this.#end(own);
        break;
      case OP.brIf: {
        const { open } = this.#pop();
        if (open) this.#note({ kind: "decision", otherwise: false });
        this.#branch(index, open, own);
        break;
      }
      case OP.br:
        this.#branch(index, false, own);
        this.#die();
        break;
      case OP.return:
        this.#branch(this.#frames.depth - 1, false, own);
        this.#die();
        break;
      case OP.brTable:
      case OP.callIndirect:
        this.unbounded = true;
        break;
      case OP.unreachable:
        this.#die();
        break;
      case OP.localGet:
        this.#stack.push(this.#locals[index] ?? UNKNOWN);
        break;
      case OP.localSet:
      case OP.localTee: {
        const value = this.#pop();
        if (opcode === OP.localTee) this.#stack.push(value);
        this.#locals[index] = this.#frames.decider() === undefined ? value : { ...value, open: true };
        break;
      }
      case OP.call:
        this.#call(index);
        break;
      default:
        this.#compute(instruction);
    }
  }

  #segment(): number {
    return this.firstSegment + this.deciders.length - 1;
  }

  #compute(instruction: Instruction): void {
    const { class: class_, opcode, pops, pushes } = instruction;
    if (class_ === "vector") this.unbounded = true;
    const operands = Array.from({ length: pops }, () => this.#pop()).reverse();
    if (class_ === "bulk" && pops === 3) {
      const [to, , bytes] = operands;
      this.#note({ kind: "init", open: opcode !== OP.memoryInit || !to || !bytes || to.open || bytes.open });
    }
    if (class_ === undefined || (pushes === 0 && !isAccess(opcode))) return;
    const result = resultOf(instruction, this.#position, operands, this.assumptions, (site) =>
      this.#note(site),
    );
    if (pushes > 0) this.#stack.push(result);
  }

  #if(results: number): void {
    const { open } = this.#pop();
    if (open) this.#note({ kind: "decision", otherwise: false });
    this.#frames.push({
      results,
      height: this.#stack.length,
      otherwise: [...this.#locals],
      decision: open ? this.#position : undefined,
      decider: open ? (this.#frames.decider() ?? this.#segment()) : undefined,
    });
  }

  #loop(start: number, results: number, own: Knowledge): void {
    if (this.#frames.decider() !== undefined) this.unbounded = true;
    this.#joinLoop(start, own);
    this.#locals = [...(own.loops.get(start)?.locals ?? this.#locals)];
    this.#frames.push({ results, loop: start, height: this.#stack.length });
  }

  /** The locals of here come to a loop's start. */
  #joinLoop(start: number, own: Knowledge): void {
    if (!this.#dead && joinLoop(own, start, this.#locals)) this.changed = true;
  }

  /** A branch to a label; where an open value decides about it, all that follows up to its target is optional. */
  #branch(label: number, open: boolean, own: Knowledge): void {
    const frame = this.#frames.labelled(label);
    if (!frame || this.#dead) return;
    if (frame.loop !== undefined) this.#joinLoop(frame.loop, own);
    else arrive(frame, this.#locals, this.#stack.at(-1));
    if (!open && this.#frames.decider() === undefined) return;
    if (this.#frames.cross(label, this.#segment())) this.unbounded = true;
  }

  #die(): void {
    this.#dead = true;
    this.#stack.length = this.#frames.top?.height ?? 0;
  }

  #else(): void {
    const frame = this.#frames.top;
    if (!frame?.otherwise) return;
    if (!this.#dead) arrive(frame, this.#locals, this.#stack.at(-1));
    frame.hasElse = true;
    const decision = frame.decision === undefined ? undefined : this.sites.get(frame.decision);
    if (decision && frame.decision !== undefined) {
      this.sites.set(frame.decision, { ...decision, kind: "decision", otherwise: true });
    }
    this.#locals = [...frame.otherwise];
    this.#dead = false;
    this.#stack.length = frame.height;
  }

  #end(own: Knowledge): void {
    const frame = this.#frames.top;
    if (!frame) return;
    if (!this.#dead) arrive(frame, this.#locals, this.#stack.at(-1));
    this.#frames.pop();
    if (frame.otherwise && !frame.hasElse) frame.exit = joinLocals(frame.exit, frame.otherwise);
    this.#dead = frame.exit === undefined;
    this.#locals = [...(frame.exit ?? this.#locals)];
    this.#stack.length = frame.height;
    if (frame.results === 0) return;
    // Which of several values a block gives is open where an open value decided about the way to its end.
    const value = frame.brought ?? UNKNOWN;
    const result = frame.decider === undefined ? value : { ...value, open: true };
    if (this.#frames.depth > 0) this.#stack.push(result);
    else if (joinResult(own, result)) this.changed = true;
  }

  #call(callee: number): void {
    const knowledge = this.known[callee];
    const signature = this.module.functions[callee]?.signature;
    if (!knowledge || !signature) return;
    const given = Array.from({ length: signature.parameters }, () => this.#pop()).reverse();
    if (!this.#dead) this.#enter(callee, knowledge, given);
    if (signature.results === 0) return;
    // Until it is known what comes back, nothing follows; the next pass goes on.
    if (knowledge.result) this.#stack.push(knowledge.result);
    else this.#die();
  }

  #enter(callee: number, knowledge: Knowledge, given: readonly Value[]): void {
    this.calls.push({ callee, segment: this.#segment() });
    const optional = this.known[this.index]?.optional || this.#frames.decider() !== undefined;
    if (joinCall(knowledge, given, optional)) this.changed = true;
  }
}
