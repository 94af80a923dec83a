/** The part of `model.ts` that is about state: `reset`, and how a new instance comes to its initial values. */

import type { StateBlock } from "../plan/plan.ts";
import { comment } from "./comment.ts";

/** The kernel file with what `reset` calls. */
export const RESET_KERNELS = "bytes";

/** A call of `reset`, and the kernel's function. */
interface ResetCall {
  readonly kernel: "fill_bytes" | "copy_bytes";
  readonly text: string;
}

/** One call for each run of bytes; state that lies side by side and is filled alike takes one together. */
export function resetCalls(state: readonly StateBlock[]): ResetCall[] {
  const calls: ResetCall[] = [];
  let names: string[] = [];
  state.forEach((block, index) => {
    const { address, bytes } = block;
    names.push(comment(block.name));
    if ("copyOf" in block) {
      calls.push({
        kernel: "copy_bytes",
        text: `  copy_bytes(${address}, ${block.copyOf}, ${bytes}); // ${names.join(", ")}`,
      });
      names = [];
      return;
    }
    const next = state[index + 1];
    if (next && "fill" in next && next.fill === block.fill && next.address === address + bytes) return;
    const first = state[index + 1 - names.length] ?? block;
    calls.push({
      kernel: "fill_bytes",
      text: `  fill_bytes(${first.address}, ${block.fill}, ${address + bytes - first.address}); // ${names.join(", ")}`,
    });
    names = [];
  });
  return calls;
}

/** Whether the first inference has to reset the state: a new instance's memory is zero, and state starts otherwise. */
export function startsUnset(state: readonly StateBlock[]): boolean {
  return state.some((block) => "copyOf" in block || block.fill !== 0);
}

/** Where `startsUnset`, the line with which whatever runs layers begins. */
export const FIRST_RESET = "  if (fresh) reset();";

/** The exported `reset`, and the flag where a new instance needs one; nothing in a model without state. */
export function resetFunction(state: readonly StateBlock[]): string[] {
  if (state.length === 0) return [];
  const flag = startsUnset(state);
  return [
    ...(flag
      ? ["/** Whether the state still is a new instance's memory, zeros. */\nlet fresh: bool = true;"]
      : []),
    [
      "/** Back to the initial state. */",
      "export function reset(): void {",
      ...(flag ? ["  fresh = false;"] : []),
      ...resetCalls(state).map(({ text }) => text),
      "}",
    ].join("\n"),
  ];
}
