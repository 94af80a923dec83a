/** What takes part in the benchmark: something that loads a network and then runs samples of it. */

import type { NetworkFiles } from "./job.ts";

/** What a contestant finds around it: files of the site, scripts, ES modules. Node and pages have their own. */
export interface Surroundings {
  /** The site's address, `http://127.0.0.1:<port>`. */
  readonly origin: string;
  /** Where a library that loads files by itself finds those of a folder of the site. */
  folder(path: string): string;
  bytes(path: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Runs a classic script, which leaves its names on `globalThis`. */
  script(path: string): Promise<void>;
  /** Namespace of an ES module, as its caller knows it to be. */
  module<Namespace>(path: string): Promise<Namespace>;
}

/** A loaded network. Every contestant does the same: takes the sample's values, computes, and hands its output out. */
export interface Runner {
  /**
   * One inference: writes sample `index` where the network reads it, computes, copies the output out. A contestant whose
   * only interface is asynchronous gives a promise, always.
   */
  readonly run: ((index: number) => void) | ((index: number) => Promise<unknown>);
  readonly asynchronous: boolean;
  /** The output of the last run as bytes of the quantized tensor; not part of the time. */
  output(): Uint8Array<ArrayBuffer>;
}

/** Loads `network`; `samples` are its inputs, int8. Throws where it can't. */
export type Load = (
  network: NetworkFiles,
  samples: readonly Int8Array[],
  around: Surroundings,
) => Promise<Runner>;

/** The address of a network in the form that a contestant reads. Throws an Error where there is none. */
export function modelOf({ models }: NetworkFiles, form: string): string {
  const address = models[form];
  if (address === undefined) throw new Error(`there is no ${form} of this network`);
  return address;
}

/** Element `index` of a list that has it. */
export function at<Element>(list: readonly Element[], index: number): Element {
  const element = list[index];
  if (element === undefined) throw new Error(`no element ${index} of ${list.length}`);
  return element;
}
