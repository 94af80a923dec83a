/** The other end of a `Pool`: runs each task it is sent by the module that it was started with. */

import type { Answer } from "./pool.ts";

const [module = ""] = process.argv.slice(2);
const loaded: { run(task: unknown): Promise<unknown> } = await import(module);

process.on("message", (task) => {
  loaded.run(task).then(
    (result) => answer({ result }),
    (error: unknown) =>
      answer({ error: error instanceof Error ? (error.stack ?? error.message) : `${error}` }),
  );
});

function answer(message: Answer<unknown>): void {
  process.send?.(message);
}
