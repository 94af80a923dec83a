/**
 * What 10,000 inferences of a package take of JavaScript's heap: a program of its own that prints `HeapGrowths` as JSON.
 * Needs `--expose-gc`, and a young generation so large that nothing is collected while it counts.
 * Usage: heap_program.ts path/of/NAME.js path/of/NAME.wasm
 */

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { instantiate } from "../../host/node.ts";

const INFERENCES = 10_000;
const ROUNDS = 10;

/** Bytes by way of running the module. */
export interface HeapGrowth {
  /** Allocated while it ran, garbage too. */
  readonly allocated: number;
  /** Still there after a collection. */
  readonly kept: number;
}

/** Ways to run a module; the last two show that what allocates and what leaks is seen. */
export type HeapGrowths = Readonly<
  Record<"views" | "run" | "hostInvoke" | "hostRun" | "allocating" | "leaking", HeapGrowth>
>;

interface Model {
  readonly inputs: Record<string, { readonly view: Int8Array }>;
  readonly outputs: Record<string, { readonly view: Int8Array }>;
  invoke(): void;
  run(inputs: Record<string, Int8Array>): Record<string, Int8Array>;
}

const [script = "", wasm = ""] = process.argv.slice(2);
const { load }: { load(): Promise<Model> } = await import(pathToFileURL(script).href);
const model = await load();
const [[name, input] = [], [output] = []] = [Object.entries(model.inputs)[0], Object.values(model.outputs)];
const host = await instantiate(readFileSync(wasm));
if (name === undefined || !input || !output || !gc) throw new Error("expected a model, and --expose-gc");
const collect = gc;

const used = () => process.memoryUsage().heapUsed;

/** Of some rounds the nearest to nothing: what allocates does so in each, what the engine does for itself comes at times. */
function growth(run: () => void): HeapGrowth {
  const rounds = Array.from({ length: ROUNDS }, () => {
    collect();
    const before = used();
    for (let i = 0; i < INFERENCES; i++) run();
    const after = used();
    collect();
    return { allocated: after - before, kept: used() - before };
  });
  const nearest = (of: keyof HeapGrowth) =>
    rounds.map((round) => round[of]).sort((a, b) => Math.abs(a) - Math.abs(b))[0] ?? Infinity;
  return { allocated: nearest("allocated"), kept: nearest("kept") };
}

const values = new Int8Array(input.view.length).fill(7);
const inputs = { [name]: values };
const leaked: Int8Array[] = [];
const growths: HeapGrowths = {
  views: growth(() => {
    input.view.set(values);
    model.invoke();
    values[0] = output.view[0] ?? 0;
  }),
  run: growth(() => model.run(inputs)),
  hostInvoke: growth(() => host.invoke()),
  hostRun: growth(() => host.run([values])),
  allocating: growth(() => {
    input.view.set(values.slice());
    model.invoke();
  }),
  leaking: growth(() => {
    model.invoke();
    leaked.push(output.view.slice());
  }),
};
console.log(JSON.stringify(growths));
