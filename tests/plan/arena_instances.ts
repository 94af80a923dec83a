/** Instances for the arena's tests: small ones with their optimum, and ones like networks; all seeded. */

import { type AllowedOverlap, type ArenaRequest, conflicts } from "../../codegen/plan/arena.ts";

export interface Instance {
  readonly requests: readonly ArenaRequest[];
  readonly overlaps: readonly AllowedOverlap[];
}

export function block(name: string, bytes: number, first: number, last: number, align = 1): ArenaRequest {
  return { name, bytes, align, first, last };
}

export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

/**
 * The fewest bytes over all orders, each block at the lowest legal offset beside those before it, found by trying
 * every offset with `conflicts`. Exact where no distance is below 0: place an optimal layout from the bottom up.
 */
export function fewestBytes({ requests, overlaps }: Instance): number {
  let best = Number.POSITIVE_INFINITY;
  const offsets = new Array<number>(requests.length).fill(0);
  const visit = (placed: readonly number[], bytes: number): void => {
    if (bytes >= best) return;
    if (placed.length === requests.length) best = bytes;
    for (const [next, request] of requests.entries()) {
      if (placed.includes(next)) continue;
      const among = [...placed, next];
      const renumbered = overlaps.map((each) => ({
        ...each,
        writer: among.indexOf(each.writer),
        reader: among.indexOf(each.reader),
      }));
      const chosen = among.flatMap((index) => requests[index] ?? []);
      const legal = (offset: number): boolean => {
        offsets[next] = offset;
        const at = among.map((index) => offsets[index] ?? 0);
        return conflicts(chosen, renumbered, at).length === 0;
      };
      let offset = 0;
      while (!legal(offset)) offset += request.align;
      visit(among, Math.max(bytes, offset + request.bytes));
    }
  };
  visit([], 0);
  return best;
}

/** Up to `most` blocks of a few bytes, with mixed alignments, and permissions of all kinds. */
export function smallInstance(seed: number, most: number): Instance {
  const next = random(seed);
  const requests = Array.from({ length: 1 + next(most) }, (_, index) => {
    const first = next(5);
    return block(`b${index}`, 1 + next(12), first, first + next(3), 2 ** next(3));
  });
  const overlaps = requests.flatMap((writer, w) =>
    requests.flatMap((reader, r) =>
      w !== r && reader.last === writer.first && next(2) === 0
        ? [{ writer: w, reader: r, distance: next(3) === 0 ? next(9) : 0 }]
        : [],
    ),
  );
  return { requests, overlaps };
}

/** A network: a chain of layers, some with residual inputs, scratch, or an output in place of the input. */
export function network(seed: number): Instance {
  const next = random(seed);
  const align = next(2) === 0 ? 1 : 16;
  const layers = 10 + next(60);
  const sizes = Array.from({ length: layers + 1 }, (_, layer) =>
    Math.ceil((2000 + next(30000)) / (1 + layer / 8)),
  );
  const requests: ArenaRequest[] = [];
  const overlaps: AllowedOverlap[] = [];
  const scratch: ArenaRequest[] = [];
  for (const [layer, bytes] of sizes.entries()) {
    const residual = next(4) === 0 ? 1 + next(2) : 0;
    const inPlace = layer > 0 && next(3) === 0;
    const previous = requests[layer - 1];
    const sameSize = inPlace && previous ? previous.bytes : bytes;
    requests.push(block(`t${layer}`, sameSize, layer - 1, layer + residual, align));
    if (inPlace && previous?.last === layer - 1) {
      overlaps.push({ writer: layer, reader: layer - 1, distance: 0 });
    } else if (next(5) === 0 && previous?.last === layer - 1) {
      overlaps.push({ writer: layer, reader: layer - 1, distance: next(1000) });
    }
    if (next(4) === 0) scratch.push(block(`s${layer}`, 1 + next(6000), layer, layer, align));
  }
  return { requests: [...requests, ...scratch], overlaps };
}
