/** The arena's layout: hand cases, and properties on seeded random instances, small ones against all orders. */

import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { conflicts, layoutArena } from "../../codegen/plan/arena.ts";
import { neighboursOf } from "../../codegen/plan/arena_constraints.ts";
import { decide } from "../../codegen/plan/arena_exact.ts";
import { block, fewestBytes, type Instance, network, random, smallInstance } from "./arena_instances.ts";

/** Lays out, and checks what holds for every layout. */
function layOut({ requests, overlaps }: Instance) {
  const layout = layoutArena(requests, overlaps);
  assert.equal(layout.offsets.length, requests.length);
  for (const [index, { align }] of requests.entries()) {
    const offset = layout.offsets[index] ?? -1;
    assert.ok(offset >= 0 && offset % align === 0, `offset ${offset} of block ${index}, alignment ${align}`);
  }
  const ends = requests.map(({ bytes }, index) => (layout.offsets[index] ?? 0) + bytes);
  assert.equal(layout.bytes, Math.max(0, ...ends));
  assert.ok(layout.bound <= layout.bytes, `bound ${layout.bound} above ${layout.bytes}`);
  assert.deepEqual(conflicts(requests, overlaps, layout.offsets), []);
  return layout;
}

describe("arena", () => {
  it("takes nothing for no blocks", () => {
    assert.deepEqual(layoutArena([], []), { offsets: [], bytes: 0, bound: 0 });
  });

  it("lets a chain alternate between two ends", () => {
    const sizes = [100, 60, 80, 40, 90];
    const requests = sizes.map((bytes, index) => block(`t${index}`, bytes, index - 1, index));
    const layout = layOut({ requests, overlaps: [] });
    assert.equal(layout.bytes, 160);
    assert.equal(layout.bound, 160);
  });

  it("keeps a residual apart from what is computed meanwhile", () => {
    const requests = [
      block("x", 50, -1, 2),
      block("a", 70, 0, 1),
      block("b", 50, 1, 2),
      block("y", 50, 2, 3),
    ];
    const layout = layOut({ requests, overlaps: [] });
    assert.deepEqual([layout.bytes, layout.bound], [170, 170]);
    // Without `a` the sum is the peak, and writing it over one of its inputs takes a third off.
    const small = [block("x", 50, -1, 2), block("b", 50, 1, 2), block("y", 50, 2, 3)];
    const inPlace = [0, 1].map((reader) => ({ writer: 2, reader, distance: 0 }));
    assert.equal(layOut({ requests: small, overlaps: [] }).bytes, 150);
    assert.equal(layOut({ requests: small, overlaps: inPlace }).bytes, 100);
  });

  it("holds all the inputs of a concatenation and its output", () => {
    const requests = [
      block("a", 10, 0, 3),
      block("b", 20, 1, 3),
      block("c", 30, 2, 3),
      block("concat", 60, 3, 4),
    ];
    const layout = layOut({ requests, overlaps: [] });
    assert.deepEqual([layout.bytes, layout.bound], [120, 120]);
  });

  it("places a chain of elementwise operators at one address", () => {
    const requests = [0, 1, 2, 3].map((index) => block(`t${index}`, 64, index - 1, index, 16));
    const overlaps = [1, 2, 3].map((writer) => ({ writer, reader: writer - 1, distance: 0 }));
    const layout = layOut({ requests, overlaps });
    assert.deepEqual(layout, { offsets: [0, 0, 0, 0], bytes: 64, bound: 64 });
    assert.equal(layOut({ requests, overlaps: [] }).bytes, 128);
  });

  it("lets an output overwrite either input, or both", () => {
    const requests = [block("a", 40, 0, 2), block("b", 40, 1, 2), block("sum", 40, 2, 3)];
    const first = { writer: 2, reader: 0, distance: 0 };
    const second = { writer: 2, reader: 1, distance: 0 };
    assert.equal(layOut({ requests, overlaps: [] }).bytes, 120);
    for (const overlaps of [[first], [second], [first, second]]) {
      const layout = layOut({ requests, overlaps });
      assert.deepEqual([layout.bytes, layout.bound], [80, 80]);
    }
  });

  it("lets an output as large as both its inputs overwrite both", () => {
    const requests = [block("a", 40, 0, 2), block("b", 40, 1, 2), block("out", 80, 2, 3)];
    const overlaps = [0, 1].map((reader) => ({ writer: 2, reader, distance: 0 }));
    const layout = layOut({ requests, overlaps });
    assert.deepEqual([layout.bytes, layout.bound, layout.offsets[2]], [80, 80, 0]);
  });

  it("starts a writer its distance before the reader", () => {
    const requests = [block("in", 100, 0, 1), block("out", 90, 1, 2)];
    const at = (distance: number) => layOut({ requests, overlaps: [{ writer: 1, reader: 0, distance }] });
    const layout = at(24);
    assert.deepEqual(layout, { offsets: [24, 0], bytes: 124, bound: 124 });
    assert.equal(at(0).bytes, 100);
    // The distance leaves nothing to share.
    assert.deepEqual([at(90).bytes, at(500).bytes, at(500).bound], [190, 190, 190]);
    // A writer may also start after the reader, where the distance says so.
    assert.deepEqual([at(-10).bytes, at(-10).bound], [100, 100]);
  });

  it("knows that a chain of distances adds up", () => {
    const requests = [0, 1, 2, 3].map((index) => block(`t${index}`, 100, index - 1, index));
    const overlaps = [1, 2, 3].map((writer) => ({ writer, reader: writer - 1, distance: 10 }));
    // No step needs more than 110 bytes, but each output starts before its input.
    assert.deepEqual(layOut({ requests, overlaps }), { offsets: [30, 20, 10, 0], bytes: 130, bound: 130 });
  });

  it("rounds a distance up to the alignment", () => {
    const requests = [block("in", 100, 0, 1, 16), block("out", 100, 1, 2, 16)];
    const layout = layOut({ requests, overlaps: [{ writer: 1, reader: 0, distance: 17 }] });
    assert.deepEqual([layout.bytes, layout.bound], [132, 132]);
  });

  it("fills the gap that an alignment leaves", () => {
    const requests = [block("a", 17, 0, 0, 16), block("b", 17, 0, 0, 16), block("c", 1, 0, 0, 1)];
    const layout = layOut({ requests, overlaps: [] });
    assert.deepEqual([layout.bytes, layout.bound], [49, 49]);
  });

  it("names the pairs that overlap without permission", () => {
    const requests = [block("a", 10, 0, 1), block("b", 10, 1, 2), block("c", 10, 2, 3)];
    const overlaps = [{ writer: 1, reader: 0, distance: 4 }];
    assert.deepEqual(conflicts(requests, overlaps, [4, 0, 10]), []);
    assert.deepEqual(conflicts(requests, overlaps, [3, 0, 10]), [[0, 1]]);
    assert.deepEqual(conflicts(requests, overlaps, [0, 4, 30]), [[0, 1]]);
    assert.deepEqual(conflicts(requests, overlaps, [0, 10, 0]), []);
    assert.deepEqual(conflicts(requests, overlaps, [0, 10, 19]), [[1, 2]]);
  });

  it("takes the fewest bytes that any order of up to 6 small blocks takes, and proves it", () => {
    for (let seed = 0; seed < 300; seed++) {
      const instance = smallInstance(seed, seed % 10 === 0 ? 6 : 5);
      const { bytes, bound } = layOut(instance);
      assert.deepEqual([bytes, bound], [fewestBytes(instance), bytes], `seed ${seed}`);
    }
  });

  it("decides whether a size is enough, and says where blocks then lie", () => {
    for (let seed = 0; seed < 150; seed++) {
      const { requests, overlaps } = smallInstance(seed, 5);
      const neighbours = neighboursOf(requests, overlaps);
      const fewest = fewestBytes({ requests, overlaps });
      assert.equal(decide(requests, neighbours, fewest - 1, 1e6), "impossible", `seed ${seed}`);
      const found = decide(requests, neighbours, fewest, 1e6);
      assert.ok(typeof found === "object", `seed ${seed}: ${found}`);
      assert.deepEqual(conflicts(requests, overlaps, found.offsets), []);
      assert.ok(requests.every(({ bytes }, block) => (found.offsets[block] ?? 0) + bytes <= fewest));
    }
    const crowded = network(3);
    const around = neighboursOf(crowded.requests, crowded.overlaps);
    assert.equal(decide(crowded.requests, around, 2 ** 20, 0), "unknown");
  });

  it("lays out negative distances and crowded instances legally", () => {
    for (let seed = 0; seed < 200; seed++) {
      const { requests, overlaps } = smallInstance(seed, 14);
      layOut({ requests, overlaps: overlaps.map((each) => ({ ...each, distance: each.distance - 4 })) });
    }
  });

  it("reaches the bound on 9 of 10 random networks, legally, and never far from it", () => {
    const count = 200;
    let reached = 0;
    for (let seed = 0; seed < count; seed++) {
      const { bytes, bound } = layOut(network(seed));
      if (bytes === bound) reached++;
      assert.ok(bytes <= bound * 1.1, `seed ${seed}: ${bytes} bytes, bound ${bound}`);
    }
    assert.ok(reached >= 0.9 * count, `reached the bound on ${reached} of ${count}`);
  });

  it("saves memory by allowed overlaps", () => {
    let less = 0;
    for (let seed = 0; seed < 50; seed++) {
      const { requests, overlaps } = network(seed);
      const apart = layOut({ requests, overlaps: [] });
      const shared = layOut({ requests, overlaps });
      assert.ok(shared.bytes <= apart.bytes, `seed ${seed}`);
      if (shared.bytes < apart.bytes) less++;
    }
    assert.ok(less >= 5, `saved on ${less} of 50`);
  });

  it("gives the same layout for the same request", () => {
    for (let seed = 0; seed < 20; seed++) {
      assert.deepEqual(layoutArena(network(seed).requests, []), layoutArena(network(seed).requests, []));
      const { requests, overlaps } = smallInstance(seed, 14);
      assert.deepEqual(layoutArena(requests, overlaps), layoutArena(requests, overlaps));
    }
  });

  it("ends in bounded time where the bound is out of reach", () => {
    const next = random(7);
    const requests = Array.from({ length: 120 }, (_, index) => {
      const first = next(80);
      return block(`b${index}`, 1 + next(5000), first, first + next(40), 16);
    });
    const start = performance.now();
    const layout = layOut({ requests, overlaps: [] });
    // Measured at about 50 ms; the margin is for a loaded machine.
    assert.ok(performance.now() - start < 3000);
    assert.ok(layout.bytes <= layout.bound * 1.1);
  });
});
