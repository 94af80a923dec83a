/** A sample of the random networks that `npm run random` builds 500 of. */

import { strict as assert } from "node:assert";
import type { RandomResult, RandomTask } from "./check_random.ts";
import { Pool } from "./parallel/pool.ts";

describe("random networks of all operators", function () {
  this.timeout(300_000);

  it("portable, SIMD and the reference agree on 40 of them", async () => {
    const pool = new Pool<RandomTask, RandomResult>(new URL("check_random.ts", import.meta.url));
    try {
      const tasks = Array.from({ length: 8 }, (_, index) => ({ first: 1000 + index * 5, count: 5 }));
      const results = await Promise.all(tasks.map((task) => pool.run(task)));
      assert.deepEqual(
        results.flatMap(({ mismatches }) => mismatches),
        [],
      );
      const kinds = new Set(results.flatMap((result) => Object.keys(result.kinds)));
      assert.ok(kinds.size > 30, `only ${kinds.size} kinds of operators`);
    } finally {
      pool.close();
    }
  });
});
