/**
 * Damages the conformance set's models in seeded ways, from import to module, and says what went wrong.
 * Usage: npm run mutations [-- COUNT]; 5,000 if left out. Needs the set beside the checkout.
 */

import { conformanceCases } from "../tests/conformance/conformance.ts";
import type { MutationResult, MutationTask } from "../tests/fuzz/check_mutations.ts";
import { mutationTasks } from "../tests/fuzz/mutation_tasks.ts";
import { Pool } from "../tests/parallel/pool.ts";

const count = Number(process.argv[2] ?? 5000);
const module = new URL("../tests/fuzz/check_mutations.ts", import.meta.url);
const pool = new Pool<MutationTask, MutationResult>(module);
const tasks = mutationTasks(conformanceCases(), count);
const results = await Promise.all(tasks.map((task) => pool.run(task)));
pool.close();

const sum = (of: (result: MutationResult) => number) =>
  results.reduce((total, result) => total + of(result), 0);
const problems = results.flatMap((result) => result.problems);
for (const problem of problems) console.log(problem);
console.log(
  `${count} mutations of ${tasks.length} models: ${sum(({ refused }) => refused)} refused, ${sum(({ built }) => built)} built and run, ${problems.length} problems`,
);
process.exitCode = problems.length === 0 ? 0 : 1;
