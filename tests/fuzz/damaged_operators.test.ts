/**
 * Damaged models of every operator in both formats, from import to module. 500 mutations here; `npm run mutations` makes
 * 5,000 of them, or as many as it is told.
 */

import { strict as assert } from "node:assert";
import { conformanceCases } from "../conformance/conformance.ts";
import { Pool } from "../parallel/pool.ts";
import type { MutationResult, MutationTask } from "./check_mutations.ts";
import { mutationTasks } from "./mutation_tasks.ts";

describe("damaged models of every operator", function () {
  this.timeout(600_000);

  it("500 mutations are refused in one sentence, or built and run without a trap", async function () {
    const cases = conformanceCases();
    if (cases.length === 0) this.skip();
    const pool = new Pool<MutationTask, MutationResult>(new URL("check_mutations.ts", import.meta.url));
    try {
      const results = await Promise.all(mutationTasks(cases, 500).map((task) => pool.run(task)));
      const sum = (count: (result: MutationResult) => number) =>
        results.reduce((total, result) => total + count(result), 0);
      assert.deepEqual(
        results.flatMap(({ problems }) => problems),
        [],
      );
      assert.ok(sum(({ refused }) => refused) > 100);
      assert.ok(sum(({ built }) => built) >= 50, `only ${sum(({ built }) => built)} were built`);
    } finally {
      pool.close();
    }
  });
});
