/** Medians and quartiles, and that timings tell a slow function from a fast one. */

import assert from "node:assert/strict";
import { summarize, timeInterleaved } from "../../host/timing.ts";

describe("timing", () => {
  it("gives median and quartiles", () => {
    assert.deepEqual(summarize([5, 1, 4, 2, 3]), { median: 3, low: 2, high: 4, runs: 5 });
    assert.deepEqual(summarize([1, 2]), { median: 1.5, low: 1.25, high: 1.75, runs: 2 });
    assert.deepEqual(summarize([7]), { median: 7, low: 7, high: 7, runs: 1 });
  });

  it("tells a function from one that does twenty times as much", () => {
    let sink = 0;
    const work = (rounds: number) => () => {
      for (let i = 0; i < rounds; i++) sink = (sink * 31 + i) | 0;
    };
    const [slow, fast] = timeInterleaved([work(20_000), work(1_000)], { runs: 9, warmUp: 20 });
    assert.ok(slow && fast && slow.median > 4 * fast.median, `${slow?.median} and ${fast?.median}, ${sink}`);
    assert.equal(slow.runs, 9);
  });
});
