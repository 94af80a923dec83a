/**
 * Builds random networks of all operators and compares the portable module, those with SIMD and the reference;
 * relaxed SIMD as each machine of docs/builds.md computes it.
 * Usage: npm run random [-- COUNT]; 500 if left out.
 */

import type { RandomResult, RandomTask } from "../tests/check_random.ts";
import { Pool } from "../tests/parallel/pool.ts";

const CHUNK = 10;

const count = Number(process.argv[2] ?? 500);
const pool = new Pool<RandomTask, RandomResult>(new URL("../tests/check_random.ts", import.meta.url));
const tasks = Array.from({ length: Math.ceil(count / CHUNK) }, (_, index) => ({
  first: 1 + index * CHUNK,
  count: Math.min(CHUNK, count - index * CHUNK),
}));
const results = await Promise.all(tasks.map((task) => pool.run(task)));
pool.close();

const kinds = new Map<string, number>();
for (const result of results) {
  for (const [kind, networks] of Object.entries(result.kinds))
    kinds.set(kind, (kinds.get(kind) ?? 0) + networks);
}
const mismatches = results.flatMap((result) => result.mismatches);
for (const mismatch of mismatches) console.log(mismatch.slice(0, 400));
console.log(
  [...kinds]
    .sort()
    .map(([kind, networks]) => `${kind} ${networks}`)
    .join(", "),
);
console.log(`${count} random networks of ${kinds.size} kinds of operators: ${mismatches.length} mismatches`);
process.exitCode = mismatches.length === 0 ? 0 : 1;
