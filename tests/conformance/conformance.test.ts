/** Goldens: every case of the conformance set on every build, in parallel processes. */

import { strict as assert } from "node:assert";
import { Pool } from "../parallel/pool.ts";
import type { CaseResult } from "./check_case.ts";
import { type ConformanceCase, conformanceCases } from "./conformance.ts";

const CASES = conformanceCases();

describe("conformance", () => {
  const pool = new Pool<ConformanceCase, CaseResult>(new URL("check_case.ts", import.meta.url));
  const results = new Map<string, Promise<CaseResult>>();

  before(() => {
    for (const entry of CASES) {
      const result = pool.run(entry);
      // Whoever awaits it hears of a failure; nobody does until its turn has come.
      result.catch(() => {});
      results.set(entry.name, result);
    }
  });
  after(() => pool.close());

  it("is the whole set of 313 cases", function () {
    if (CASES.length === 0) this.skip();
    assert.equal(CASES.length, 313);
  });

  for (const { name } of CASES) {
    it(`${name} gives the golden outputs on every build`, async () => {
      assert.deepEqual((await results.get(name))?.differences, []);
    });
  }
});
