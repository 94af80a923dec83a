/** What the guard's page does: loads a package as a web page would, and compares every build in it with the goldens. */

import { dotBits } from "../../host/dot_probe.ts";
import { firstDifferenceOf, type Network, type Runnable, runnableOf, type Step } from "../../tests/golden.ts";

/** A network's goldens on the site; addresses of files. */
export interface NetworkFiles {
  readonly samples: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly inSequence?: readonly string[];
  readonly steps?: readonly (Step | null)[];
}

/** A package on the site, and the goldens of its network. */
export interface Task extends NetworkFiles {
  readonly script: string;
}

/** What came of one build of a package. */
export interface Verdict {
  readonly simd: string;
  /** The build that `load()` takes on this machine. */
  readonly chosen: boolean;
  /** How outputs differ, or what `load` said when it refused the build; exact without. */
  readonly fault?: string;
}

/** JavaScript's heap before and after many inferences, in bytes, and the same with `run`, which gives copies. */
export interface HeapUse {
  readonly invoke: number;
  readonly run: number;
  /** Of the module's memory. */
  readonly memory: number;
}

interface Tensor {
  readonly name: string;
  readonly view: Int8Array;
}

interface Model {
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  invoke(): void;
  run(inputs: Readonly<Record<string, Int8Array>>): unknown;
  reset(): void;
}

interface Package {
  load(source?: string): Promise<Model>;
  readonly builds: readonly { readonly file: string; readonly manifest: { readonly simd: string } }[];
  choose(): { readonly file: string };
}

declare global {
  var guard: {
    /** Bits of a relaxed dot product's second operand for which this machine is exact: 8, 7 or 0. */
    exactBits(): number;
    check(task: Task): Promise<Verdict[]>;
    /** How a bare module's outputs differ from the goldens; null where they don't. */
    checkModule(module: string, files: NetworkFiles): Promise<string | null>;
    heap(task: Task, inferences: number): Promise<HeapUse>;
  };
  interface Performance {
    /** Chromium's. */
    readonly memory: { readonly usedJSHeapSize: number };
  }
}

async function bytesAt(address: string): Promise<Uint8Array> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the site has no ${address}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function networkOf(task: NetworkFiles): Promise<Network> {
  const all = (addresses: readonly string[]) => Promise.all(addresses.map(bytesAt));
  return {
    model: new Uint8Array(),
    samples: task.samples,
    inputs: await all(task.inputs),
    outputs: await all(task.outputs),
    ...(task.inSequence ? { inSequence: await all(task.inSequence) } : {}),
    ...(task.steps ? { steps: task.steps.map((step) => step ?? undefined) } : {}),
  };
}

function loaded({ inputs, outputs, invoke, reset }: Model): Runnable {
  const bytesOf = (tensor: Tensor) =>
    new Uint8Array(tensor.view.buffer, tensor.view.byteOffset, tensor.view.byteLength);
  const written = Object.values(inputs).map(bytesOf);
  const read = Object.values(outputs).map(bytesOf);
  return {
    write: (input, bytes) => written[input]?.set(bytes),
    invoke,
    read: (output, length) => (read[output] ?? new Uint8Array()).slice(0, length),
    reset,
  };
}

async function check(task: Task): Promise<Verdict[]> {
  const network = await networkOf(task);
  const { load, builds, choose }: Package = await import(task.script);
  const chosen = choose().file;
  const verdicts: Verdict[] = [];
  for (const { file, manifest } of builds) {
    const verdict = { simd: manifest.simd, chosen: file === chosen };
    try {
      const model = await (verdict.chosen
        ? load()
        : load(new URL(file, new URL(task.script, location.href)).href));
      const fault = firstDifferenceOf(network, loaded(model));
      verdicts.push(fault === undefined ? verdict : { ...verdict, fault });
    } catch (error) {
      verdicts.push({ ...verdict, fault: `refused: ${error instanceof Error ? error.message : error}` });
    }
  }
  return verdicts;
}

async function checkModule(module: string, files: NetworkFiles): Promise<string | null> {
  const { instance } = await WebAssembly.instantiate(Uint8Array.from(await bytesAt(module)));
  const fault = firstDifferenceOf(await networkOf(files), runnableOf(instance.exports));
  return fault ?? null;
}

/** How much the heap grows in `inferences` calls, after as many to warm up. */
async function heap(task: Task, inferences: number): Promise<HeapUse> {
  const { load }: Package = await import(task.script);
  const model = await load();
  const [input] = Object.values(model.inputs);
  const [output] = Object.values(model.outputs);
  if (!input || !output) throw new Error("the model has no input or no output");
  const values = new Int8Array(input.view.length).fill(7);
  let sum = 0;
  const invoke = () => {
    input.view.set(values);
    model.invoke();
    sum += output.view[0] ?? 0;
  };
  const inputs = { [input.name]: values };
  const growth = (run: () => void): number => {
    for (let i = 0; i < inferences; i++) run();
    globalThis.gc?.();
    const before = performance.memory.usedJSHeapSize;
    for (let i = 0; i < inferences; i++) run();
    return performance.memory.usedJSHeapSize - before;
  };
  const memory = input.view.buffer.byteLength;
  const grown = { invoke: growth(invoke), run: growth(() => model.run(inputs)) };
  if (!Number.isFinite(sum)) throw new Error("outputs are numbers");
  return { ...grown, memory: input.view.buffer.byteLength - memory };
}

globalThis.guard = { exactBits: dotBits, check, checkModule, heap };
