/** The blocks, ifs and loops around a place in the code: what comes to their ends, and what decides about the way there. */

import { joinLocals, joinValues, UNKNOWN, type Value } from "./values.ts";

export interface Frame {
  /** Position of a loop's first instruction; `undefined`: a block or an if. */
  readonly loop: number | undefined;
  /** Height of the operand stack below the frame. */
  readonly height: number;
  readonly results: number;
  /** Locals at the `else`, if it is an if. */
  readonly otherwise: readonly Value[] | undefined;
  /** Where the if stands, if an open value decides about it. */
  readonly decision: number | undefined;
  hasElse: boolean;
  /** The piece of code that decides, through an open value, whether what follows in the frame runs. */
  decider: number | undefined;
  /** Locals, and the result, where branches to its end come from. */
  exit: readonly Value[] | undefined;
  brought: Value | undefined;
}

export type NewFrame = Partial<Frame> & Pick<Frame, "results" | "height">;

export class Frames {
  readonly #frames: Frame[] = [];

  push(frame: NewFrame): void {
    this.#frames.push({
      loop: undefined,
      otherwise: undefined,
      decision: undefined,
      hasElse: false,
      decider: undefined,
      exit: undefined,
      brought: undefined,
      ...frame,
    });
  }

  pop(): void {
    this.#frames.pop();
  }

  get depth(): number {
    return this.#frames.length;
  }

  get top(): Frame | undefined {
    return this.#frames.at(-1);
  }

  /** The frame that a branch's label names. */
  labelled(label: number): Frame | undefined {
    return this.#frames.at(-1 - label);
  }

  /** The outermost decider: it alone is not optional itself. */
  decider(): number | undefined {
    return this.#frames.find(({ decider }) => decider !== undefined)?.decider;
  }

  /** What follows up to the label's end is decided about by `segment`. Returns whether a loop is among it. */
  cross(label: number, segment: number): boolean {
    const decider = this.decider() ?? segment;
    const crossed = this.#frames.slice(this.#frames.length - 1 - label);
    for (const frame of crossed) frame.decider ??= decider;
    return crossed.some(({ loop }) => loop !== undefined);
  }
}

/** Locals, and the operand on top of the stack, come to a frame's end. */
export function arrive(frame: Frame, locals: readonly Value[], top: Value | undefined): void {
  frame.exit = joinLocals(frame.exit, locals);
  if (frame.results > 0) frame.brought = joinValues(frame.brought, top ?? UNKNOWN);
}
