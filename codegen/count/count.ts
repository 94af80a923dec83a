/** Counts the instructions that a module executes, layer by layer: exactly, and the same on every machine. */

import { CLASSES, type Counts, type InstructionClass } from "./instructions.ts";
import { instrument, OUTSIDE, type Segment } from "./instrument.ts";
import { readModule } from "./module.ts";

/** Instructions of one inference. */
export interface ModuleCounts {
  /** Of each layer in the order of execution. */
  readonly layers: readonly Counts[];
  /** Of everything else: `invoke` itself and what runs its loops. */
  readonly outside: Counts;
  readonly total: Counts;
  readonly segments: readonly Segment[];
  /** How often each segment ran. */
  readonly executed: readonly number[];
}

/** Names of the functions that are layers. */
const LAYER = /^model\/layer_\d+_/;

/**
 * One inference. `names` are the functions' names by index; `write` fills the inputs. Throws a `RangeError` where the module
 * does not have the names that it was built with.
 */
export function countInstructions(
  wasm: Uint8Array,
  names: readonly string[],
  write: (memory: Uint8Array) => void,
): ModuleCounts {
  const module = readModule(wasm);
  if (names.length !== module.functions.length) throw new RangeError("names of another module");
  const marked = new Set(names.flatMap((name, index) => (LAYER.test(name) ? [index] : [])));
  const { wasm: counting, segments } = instrument(module, marked);
  const snapshots: { readonly layer: boolean; readonly executed: readonly number[] }[] = [];
  const imports = {
    mote: { mark: (index: number) => snapshots.push({ layer: index !== OUTSIDE, executed: read() }) },
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(counting)), imports);
  const counters = segments.map((_, index) => exports[`count_${index}`] as WebAssembly.Global);
  const read = () => counters.map(({ value }) => Number(value));
  write(new Uint8Array((exports.memory as WebAssembly.Memory).buffer));
  const before = read();
  (exports.invoke as () => void)();
  const after = read();

  const since = (end: readonly number[], start: readonly number[]) =>
    end.map((count, index) => count - (start[index] ?? 0));
  const executed = since(after, before);
  const total = weigh(segments, executed);
  const layers = snapshots.flatMap(({ layer, executed: start }, index) =>
    layer ? [weigh(segments, since(snapshots[index + 1]?.executed ?? after, start))] : [],
  );
  const inLayers = layers.reduce<Counts>((sum, layer) => sumOf(sum, layer), {});
  return { layers, outside: sumOf(total, inLayers, -1), total, segments, executed };
}

/** Instructions of segments that ran so often. */
export function weigh(segments: readonly Segment[], executed: readonly number[]): Counts {
  const counts: Partial<Record<InstructionClass, number>> = {};
  segments.forEach((segment, index) => {
    const times = executed[index] ?? 0;
    if (times === 0) return;
    for (const name of CLASSES) {
      const count = segment.counts[name];
      if (count) counts[name] = (counts[name] ?? 0) + count * times;
    }
  });
  return counts;
}

/** The sum of two counts, the second one times `factor`. */
export function sumOf(left: Counts, right: Counts, factor = 1): Counts {
  const sum: Partial<Record<InstructionClass, number>> = {};
  for (const name of CLASSES) {
    const count = (left[name] ?? 0) + factor * (right[name] ?? 0);
    if (count !== 0) sum[name] = count;
  }
  return sum;
}

/** All instructions, whatever their class. */
export function instructionsOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
