/**
 * Finds layers that repeat, as a recurrent network exported step by step has them, and makes each stretch a loop: the code
 * stands once, what differs between the rounds (addresses, scales) lies in a table with a row a round.
 */

import { alignUp } from "../graph/align.ts";
import { endsOf } from "../graph/ends.ts";
import type { Column, ConstantBlock, PlannedArgument, PlannedLayer, PlannedLoop } from "./plan.ts";

/** Layers of one round, and layers at all, up to which loops are looked for: the search takes their product. */
const MAX_PERIOD = 128;
const MAX_LAYERS = 2000;

/** Rough code bytes: a layer's function with its call, an argument read from the row, and the loop itself. */
const LAYER_BYTES = 16;
const COLUMN_BYTES = 5;
const LOOP_BYTES = 40;

/** A loop without a place for its table, which has `rounds` rows. */
export interface Rolled extends Omit<PlannedLoop, "table"> {
  readonly rows: Uint8Array;
}

/** What two layers must have in common to share code. */
function signatureOf(layer: PlannedLayer): string {
  if (layer.inline) return `alone ${layer.index}`;
  const { kernel, copies, calls } = layer;
  return `${kernel.file} ${kernel.name} ${copies.length} ${calls.map((call) => call.length).join()}`;
}

/** Bytes of an `i32.const`, which takes seven bits of a signed number a byte. */
function constantBytes(value: number): number {
  const bits = 33 - Math.clz32(value < 0 ? ~value : value);
  return 1 + Math.ceil(bits / 7);
}

/** The smallest type that holds all values. */
function typeOf(values: readonly number[]): Column["type"] {
  const [low, high] = endsOf(values);
  if (low >= 0 && high <= 255) return "u8";
  if (low >= -128 && high <= 127) return "i8";
  if (low >= 0 && high <= 65535) return "u16";
  if (low >= -32768 && high <= 32767) return "i16";
  return "i32";
}

const TYPE_BYTES: Readonly<Record<Column["type"], number>> = { i32: 4, u16: 2, i16: 2, u8: 1, i8: 1 };

/** The arguments of one round, one after another: a layer's copies, then its calls. */
function argumentsOf(layers: readonly PlannedLayer[]): PlannedArgument[] {
  return layers.flatMap(({ copies, calls }) => [...copies, ...calls].flat());
}

/** Arguments that take the same values, other ones in each round. */
interface Varying {
  /** By round. */
  readonly values: readonly number[];
  readonly type: Column["type"];
  /** Positions among the arguments of a round. */
  readonly positions: number[];
}

/** The arguments that differ between rounds, equal ones together. */
function varying(rounds: readonly (readonly PlannedArgument[])[]): Varying[] {
  const found = new Map<string, Varying>();
  rounds[0]?.forEach((_, position) => {
    const values = rounds.map((round) => round[position]?.value ?? 0);
    if (values.every((value) => value === values[0])) return;
    const known = found.get(values.join());
    if (known) known.positions.push(position);
    else found.set(values.join(), { values, type: typeOf(values), positions: [position] });
  });
  return [...found.values()];
}

/** A stretch that could become a loop: layers `first` on, `period` a round. */
interface Stretch {
  readonly first: number;
  readonly period: number;
  readonly rounds: number;
}

function roundsOf(layers: readonly PlannedLayer[], { first, period, rounds }: Stretch): PlannedArgument[][] {
  return Array.from({ length: rounds }, (_, round) =>
    argumentsOf(layers.slice(first + round * period, first + (round + 1) * period)),
  );
}

/**
 * Bytes that a loop saves: the code of all rounds but the first, less its own and its table. Arguments that are the same in
 * every round count nothing, since binaryen drops a parameter for which all calls pass the same number.
 */
function savedBytes(layers: readonly PlannedLayer[], stretch: Stretch): number {
  const { period, rounds } = stretch;
  let saved = (rounds - 1) * period * LAYER_BYTES - LOOP_BYTES;
  for (const { values, type, positions } of varying(roundsOf(layers, stretch))) {
    const literals = values.slice(1).reduce((sum, value) => sum + constantBytes(value), 0);
    saved += positions.length * (literals - COLUMN_BYTES) - rounds * TYPE_BYTES[type];
  }
  return saved;
}

/** How many layers from each one on are like the ones `period` later. */
function repeatsAfter(names: readonly string[], period: number): number[] {
  const same = new Array<number>(names.length).fill(0);
  for (let at = names.length - period - 1; at >= 0; at--) {
    if (names[at] === names[at + period]) same[at] = 1 + (same[at + 1] ?? 0);
  }
  return same;
}

/** The stretches that save most together, found from the last layer to the first. */
function bestStretches(layers: readonly PlannedLayer[]): Stretch[] {
  if (layers.length > MAX_LAYERS) return [];
  const names = layers.map(signatureOf);
  const periods = Array.from({ length: Math.min(MAX_PERIOD, layers.length >> 1) }, (_, index) => ({
    period: index + 1,
    same: repeatsAfter(names, index + 1),
  }));
  const best: { readonly saved: number; readonly stretch?: Stretch }[] = [];
  best[layers.length] = { saved: 0 };
  for (let first = layers.length - 1; first >= 0; first--) {
    let found: (typeof best)[number] = { saved: best[first + 1]?.saved ?? 0 };
    const tried: number[] = [];
    for (const { period, same } of periods) {
      const rounds = 1 + Math.floor((same[first] ?? 0) / period);
      // Twice a period is a period as well, and never better.
      if (rounds < 2 || tried.some((shorter) => period % shorter === 0)) continue;
      tried.push(period);
      const stretch = { first, period, rounds };
      const saved = savedBytes(layers, stretch) + (best[first + period * rounds]?.saved ?? 0);
      if (saved > found.saved) found = { saved, stretch };
    }
    best[first] = found;
  }
  const stretches: Stretch[] = [];
  for (let at = 0; at < layers.length; ) {
    const stretch = best[at]?.stretch;
    if (stretch) stretches.push(stretch);
    at += stretch ? stretch.period * stretch.rounds : 1;
  }
  return stretches;
}

/** Places the columns of a row, wide ones first so that each is aligned. */
function layoutRow(differing: readonly Varying[]): {
  columns: Map<number, Column>;
  rowBytes: number;
  contents: { column: Column; values: readonly number[] }[];
} {
  const entries = [...differing].sort((a, b) => TYPE_BYTES[b.type] - TYPE_BYTES[a.type]);
  const columns = new Map<number, Column>();
  let offset = 0;
  const contents = entries.map(({ positions, values, type }) => {
    const column = { type, offset };
    for (const position of positions) columns.set(position, column);
    offset += TYPE_BYTES[type];
    return { column, values };
  });
  const widest = entries[0] ? TYPE_BYTES[entries[0].type] : 1;
  return { columns, rowBytes: alignUp(offset, widest), contents };
}

function tableOf(
  rowBytes: number,
  rounds: number,
  contents: ReturnType<typeof layoutRow>["contents"],
): Uint8Array {
  const bytes = new Uint8Array(rowBytes * rounds);
  const view = new DataView(bytes.buffer);
  for (const { column, values } of contents) {
    values.forEach((value, round) => {
      const at = round * rowBytes + column.offset;
      if (TYPE_BYTES[column.type] === 4) view.setInt32(at, value, true);
      else if (TYPE_BYTES[column.type] === 2) view.setInt16(at, value, true);
      else view.setInt8(at, value);
    });
  }
  return bytes;
}

/** The loops that make the module smaller. Layers whose kernel is inlined stay as they are. */
export function rollLayers(layers: readonly PlannedLayer[]): Rolled[] {
  return bestStretches(layers).map((stretch) => {
    const { columns, rowBytes, contents } = layoutRow(varying(roundsOf(layers, stretch)));
    return { ...stretch, rowBytes, columns, rows: tableOf(rowBytes, stretch.rounds, contents) };
  });
}

/** Gives each loop's table a place from `start` on. */
export function placeLoops(
  rolled: readonly Rolled[],
  start: number,
): {
  readonly loops: readonly PlannedLoop[];
  readonly blocks: readonly ConstantBlock[];
  readonly end: number;
} {
  const blocks: ConstantBlock[] = [];
  let end = start;
  const loops = rolled.map(({ rows, ...loop }): PlannedLoop => {
    const { first, period, rounds } = loop;
    const last = first + period * rounds - 1;
    const table = alignUp(end, 4);
    end = table + rows.length;
    blocks.push({
      name: `arguments of layers ${first} to ${last}`,
      address: table,
      bytes: rows,
      role: "tables",
      layers: Array.from({ length: period * rounds }, (_, index) => first + index),
    });
    return { ...loop, table };
  });
  return { loops, blocks, end };
}

/** The loop that a layer is part of. */
export function loopOf(loops: readonly PlannedLoop[], index: number): PlannedLoop | undefined {
  return loops.find(({ first, period, rounds }) => first <= index && index < first + period * rounds);
}

/** A kernel that stands in one place of the module only is inlined there. */
export function inlineSingleCalls(
  layers: readonly PlannedLayer[],
  loops: readonly PlannedLoop[],
): PlannedLayer[] {
  const places = new Map<string, number>();
  for (const { kernel, calls, index } of layers) {
    const loop = loopOf(loops, index);
    if (loop && index >= loop.first + loop.period) continue;
    places.set(kernel.name, (places.get(kernel.name) ?? 0) + calls.length);
  }
  return layers.map((layer) => ({ ...layer, inline: layer.inline || places.get(layer.kernel.name) === 1 }));
}
