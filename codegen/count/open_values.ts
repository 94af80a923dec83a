/** Follows which values of a function depend on what is loaded from memory, and which code they decide about: see `bound.ts`. */

import { Cursor } from "../build/wasm_bytes.ts";
import { decode, type Instruction, OP, VOID } from "./instructions.ts";
import { endsSegment } from "./instrument.ts";
import type { ModuleShape } from "./module.ts";

/** What is known of a function from those that call it, and of its loops; it only ever becomes more open. */
export interface Knowledge {
  readonly parameters: boolean[];
  result: boolean;
  /** Whether an open value decides if it is called. */
  optional: boolean;
  /** Which locals are open where a loop starts, by the position of its first instruction. */
  readonly loops: Map<number, boolean[]>;
}

interface Frame {
  /** Position of a loop's first instruction; `undefined`: a block or an if. */
  readonly loop: number | undefined;
  /** Height of the operand stack below the frame. */
  readonly height: number;
  readonly results: number;
  /** Locals at the `else`, if it is an if. */
  readonly otherwise: boolean[] | undefined;
  hasElse: boolean;
  /** The piece of code that decides, through an open value, whether what follows in the frame runs. */
  decider: number | undefined;
  /** Locals where branches to its end come from. */
  exit: boolean[] | undefined;
}

/** One pass over a function's code with what is known so far. */
export class OpenValues {
  /** The piece of code that decides about each segment of the function; `undefined`: none, it always runs as often. */
  readonly deciders: (number | undefined)[] = [];
  /** Whether something became more open than it was known to be. */
  changed = false;
  /** Whether a loop's rounds depend on an open value. */
  unbounded = false;
  readonly #stack: boolean[] = [];
  readonly #frames: Frame[] = [];
  #locals: boolean[] = [];
  #dead = false;

  constructor(
    readonly module: ModuleShape,
    readonly index: number,
    readonly known: readonly Knowledge[],
    readonly firstSegment: number,
  ) {}

  run(): void {
    const body = this.module.functions[this.index];
    const own = this.known[this.index];
    if (!body || !own) return;
    this.#locals = [...own.parameters, ...new Array<boolean>(body.locals).fill(false)];
    this.#push({ results: body.signature.results });
    this.deciders.push(undefined);
    const cursor = new Cursor(this.module.bytes, body.code);
    while (cursor.at < body.end) {
      const instruction = decode(cursor);
      this.#step(instruction, cursor.at, own);
      if (endsSegment(instruction) && cursor.at < body.end) this.deciders.push(this.#decider());
    }
  }

  #push(frame: Partial<Frame> & Pick<Frame, "results">): void {
    this.#frames.push({
      loop: undefined,
      height: this.#stack.length,
      otherwise: undefined,
      hasElse: false,
      decider: undefined,
      exit: undefined,
      ...frame,
    });
  }

  /** The outermost decider of where the walk is: it alone is not optional itself. */
  #decider(): number | undefined {
    return this.#frames.find(({ decider }) => decider !== undefined)?.decider;
  }

  #pop(): boolean {
    if (this.#stack.length <= (this.#frames.at(-1)?.height ?? 0)) return false;
    return this.#stack.pop() ?? false;
  }

  #step(instruction: Instruction, next: number, own: Knowledge): void {
    const { opcode, index } = instruction;
    const results = index === VOID ? 0 : 1;
    switch (opcode) {
      case OP.block:
        this.#push({ results });
        break;
      case OP.loop:
        this.#loop(next, results, own);
        break;
      case OP.if: {
        const decider = this.#pop() ? (this.#decider() ?? this.#segment()) : undefined;
        this.#push({ results, otherwise: [...this.#locals], decider });
        break;
      }
      case OP.else:
        this.#else();
        break;
      case OP.end:
        this.#end(own);
        break;
      case OP.brIf:
        this.#branch(index, this.#pop(), own);
        break;
      case OP.br:
        this.#branch(index, false, own);
        this.#die();
        break;
      case OP.return:
        this.#branch(this.#frames.length - 1, false, own);
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
        this.#stack.push(this.#locals[index] ?? false);
        break;
      case OP.localSet:
      case OP.localTee: {
        const value = this.#pop();
        if (opcode === OP.localTee) this.#stack.push(value);
        this.#locals[index] = value || this.#decider() !== undefined;
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

  /** Arithmetic is open where an operand is; what is loaded, and globals, always. */
  #compute({ class: class_, pops, pushes }: Instruction): void {
    let result = class_ === "load" || class_ === "global";
    for (let count = pops; count > 0; count--) result = this.#pop() || result;
    for (let count = pushes; count > 0; count--) this.#stack.push(result);
    if (class_ === "vector") this.unbounded = true;
  }

  #loop(start: number, results: number, own: Knowledge): void {
    if (this.#decider() !== undefined) this.unbounded = true;
    this.#joinLoop(start, own);
    this.#locals = [...(own.loops.get(start) ?? [])];
    this.#push({ results, loop: start });
  }

  /** The locals of here come to a loop's start. */
  #joinLoop(start: number, { loops }: Knowledge): void {
    if (this.#dead) return;
    const before = loops.get(start);
    const joined = join(before, this.#locals);
    if (before && joined.every((value, index) => value === before[index])) return;
    loops.set(start, joined);
    this.changed = true;
  }

  /** A branch to a label; where an open value decides about it, all that follows up to its target is optional. */
  #branch(label: number, condition: boolean, own: Knowledge): void {
    const target = this.#frames.length - 1 - label;
    const frame = this.#frames[target];
    if (!frame) return;
    if (frame.loop !== undefined) this.#joinLoop(frame.loop, own);
    else if (!this.#dead) frame.exit = join(frame.exit, this.#locals);
    if (this.#dead || (!condition && this.#decider() === undefined)) return;
    const decider = this.#decider() ?? this.#segment();
    for (const crossed of this.#frames.slice(target)) {
      if (crossed.loop !== undefined) this.unbounded = true;
      crossed.decider ??= decider;
    }
  }

  #die(): void {
    this.#dead = true;
    this.#stack.length = this.#frames.at(-1)?.height ?? 0;
  }

  #else(): void {
    const frame = this.#frames.at(-1);
    if (!frame?.otherwise) return;
    if (!this.#dead) frame.exit = join(frame.exit, this.#locals);
    frame.hasElse = true;
    this.#locals = [...frame.otherwise];
    this.#dead = false;
    this.#stack.length = frame.height;
  }

  #end(own: Knowledge): void {
    const frame = this.#frames.pop();
    if (!frame) return;
    // Which of several values a block gives is open where the way to its end was; a branch may have brought it.
    const open =
      frame.decider !== undefined ||
      frame.exit !== undefined ||
      this.#stack.slice(frame.height).some(Boolean);
    let exit = frame.exit;
    if (frame.otherwise && !frame.hasElse) exit = join(exit, frame.otherwise);
    if (!this.#dead) exit = join(exit, this.#locals);
    this.#dead = exit === undefined;
    this.#locals = exit ?? this.#locals;
    this.#stack.length = frame.height;
    for (let count = frame.results; count > 0; count--) this.#stack.push(open);
    if (this.#frames.length === 0 && frame.results > 0 && open && !own.result) {
      own.result = true;
      this.changed = true;
    }
  }

  #call(callee: number): void {
    const knowledge = this.known[callee];
    const signature = this.module.functions[callee]?.signature;
    if (!knowledge || !signature) return;
    for (let parameter = signature.parameters - 1; parameter >= 0; parameter--) {
      if (!this.#pop() || knowledge.parameters[parameter]) continue;
      knowledge.parameters[parameter] = true;
      this.changed = true;
    }
    if (this.#decider() !== undefined && !knowledge.optional) {
      knowledge.optional = true;
      this.changed = true;
    }
    for (let count = signature.results; count > 0; count--) this.#stack.push(knowledge.result);
  }
}

/** Open where either is. */
function join(left: readonly boolean[] | undefined, right: readonly boolean[]): boolean[] {
  return right.map((value, index) => value || (left?.[index] ?? false));
}
