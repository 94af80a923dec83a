/** Runs tasks in as many processes as there are cores; each compiles the kernels' compiler once and keeps it. */

import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";

/** Runs TypeScript. */
const LOADER = new URL("../../scripts/loader/register.mjs", import.meta.url);

/** Processes at most: each takes some 400 MB. */
const MAX_PROCESSES = 4;

interface Waiting<Task, Result> {
  readonly task: Task;
  resolve(result: Result): void;
  reject(error: Error): void;
}

/** What a worker answers: a result, or an error's text. */
export type Answer<Result> = { readonly result: Result } | { readonly error: string };

/** A queue of tasks that `worker.ts` runs by the function `run` of `module`. */
export class Pool<Task, Result> {
  readonly #waiting: Waiting<Task, Result>[] = [];
  readonly #children: ChildProcess[] = [];
  readonly #idle: ChildProcess[] = [];

  /** `module`: one that exports `run(task)`; tasks and results are JSON. */
  constructor(readonly module: URL) {}

  /** The result of a task, once a process has had time for it. Rejects with what `run` threw. */
  run(task: Task): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ task, resolve, reject });
      this.#next();
    });
  }

  /** Ends all processes; what still waits never comes. */
  close(): void {
    for (const child of this.#children) child.kill();
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    const child = this.#idle.pop() ?? this.#start();
    const next = child && this.#waiting.shift();
    if (!child || !next) return;
    const ended = (code: number | null) => next.reject(new Error(`a worker ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (answer: Answer<Result>) => {
      child.off("exit", ended);
      this.#idle.push(child);
      if ("error" in answer) next.reject(new Error(answer.error));
      else next.resolve(answer.result);
      this.#next();
    });
    child.send(next.task as object);
  }

  #start(): ChildProcess | undefined {
    if (this.#children.length >= Math.min(MAX_PROCESSES, availableParallelism())) return undefined;
    const child = fork(new URL("worker.ts", import.meta.url), [this.module.href], {
      execArgv: [`--import=${LOADER}`],
    });
    this.#children.push(child);
    return child;
  }
}
