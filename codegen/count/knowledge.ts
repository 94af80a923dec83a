/** What passes over a module's code have found out about its functions; it only ever becomes more open, and ranges wider. */

import { joinLocals, joinValues, sameValues, type Value, widenedValue } from "./values.ts";

/** What is known of a function from those that call it, and of its loops. */
export interface Knowledge {
  /** `undefined` as long as nobody calls it. */
  parameters: readonly Value[] | undefined;
  result: Value | undefined;
  /** Whether an open value decides if it is called. */
  optional: boolean;
  /** The locals where a loop starts, by the position of its first instruction, and how often they changed. */
  readonly loops: Map<number, { readonly locals: readonly Value[]; readonly changes: number }>;
}

/** Changes of a loop's locals after which bounds that still move are given up. */
const PATIENCE = 6;

/** Locals come to a loop's start. Returns whether that is new. */
export function joinLoop({ loops }: Knowledge, start: number, locals: readonly Value[]): boolean {
  const before = loops.get(start);
  const joined = joinLocals(before?.locals, locals);
  if (before && sameValues(before.locals, joined)) return false;
  const changes = (before?.changes ?? 0) + 1;
  const patient = changes < PATIENCE;
  const next = patient ? joined : joined.map((value, index) => widenedValue(before?.locals[index], value));
  loops.set(start, { locals: next, changes });
  return true;
}

/** A function is called with these values. Returns whether that is new. */
export function joinCall(knowledge: Knowledge, given: readonly Value[], optional: boolean): boolean {
  const { parameters } = knowledge;
  const joined = joinLocals(parameters, given);
  const isNew = !parameters || !sameValues(parameters, joined) || (optional && !knowledge.optional);
  knowledge.parameters = joined;
  knowledge.optional ||= optional;
  return isNew;
}

/** A function returns a value. Returns whether that is new. */
export function joinResult(knowledge: Knowledge, value: Value): boolean {
  const { result } = knowledge;
  const joined = joinValues(result, value);
  knowledge.result = joined;
  return !result || !sameValues([result], [joined]);
}
