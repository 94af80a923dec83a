/** Refuses a .tflite file with operators that Mote lacks, by name. */

import { MoteError } from "../error.ts";
import type { FlatBuffer } from "./flatbuffer.ts";
import { type FileSubgraph, tensorName } from "./tflite_model.ts";

/** Kinds that a message lists before it only counts. */
const MAX_LISTED = 12;

/** Refuses a subgraph with operators that are not `known`, naming each kind once. */
export function refuseUnknown(
  buffer: FlatBuffer,
  { operators, tensors }: FileSubgraph,
  known: (code: number) => boolean,
): void {
  const unknown = operators.filter(({ code, custom }) => custom || !known(code));
  const [first] = unknown;
  if (!first) return;
  const index = first.outputs[0];
  const table = index === undefined ? undefined : tensors[index];
  const output = index === undefined || !table ? "" : tensorName(buffer, table, index);
  const others = unknown.map(({ name }) => name).filter((name) => name !== first.name);
  throw new MoteError(
    "unsupported-operator",
    `${buffer.file}: operator ${first.index} (${first.name} "${output}")`,
    unknownSentence(others, first.custom),
  );
}

/** What a file with unknown operators is told: the first one is named before it, `others` are the rest. */
export function unknownSentence(others: readonly string[], custom = false): string {
  const kinds = [...new Set(others)];
  const listed = kinds.slice(0, MAX_LISTED);
  if (kinds.length > listed.length) listed.push(`${kinds.length - listed.length} more kinds`);
  const last = listed.pop();
  const list = listed.length > 0 ? `${listed.join(", ")} and ${last}` : last;
  return `Mote does not support this${custom ? " custom" : ""} operator yet${list ? `, nor the file's ${list}` : ""}; OPERATORS.md lists those it does. Replace what is unsupported in the model and export it again.`;
}
