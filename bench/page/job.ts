/** What the benchmark's page is asked and what it answers: plain data, the same in Node and in Chromium. */

/** A tensor's real value is scale · (value − zeroPoint). */
export interface Coding {
  readonly shape: readonly number[];
  readonly scale: number;
  readonly zeroPoint: number;
  /** int8; else uint8. */
  readonly signed: boolean;
}

/** A network of one int8 input and one int8 or uint8 output; files as addresses on the site. */
export interface NetworkFiles {
  readonly name: string;
  readonly samples: number;
  /** All samples, one after another. */
  readonly input: string;
  /** The outputs that TFLite Micro gives for them, in sequence, one after another. */
  readonly golden: string;
  readonly inputCoding: Coding;
  readonly outputCoding: Coding;
  /** The model in every form that a contestant reads, by the form's name. */
  readonly models: Readonly<Record<string, string>>;
}

/** One network, and who runs it: names of `contestants/index.ts`. */
export interface Job {
  readonly network: NetworkFiles;
  readonly contestants: readonly string[];
}

/** How far outputs are from the goldens: in steps of the quantized output. */
export interface Distance {
  readonly worst: number;
  /** Values that differ, of how many. */
  readonly different: number;
  readonly values: number;
}

/** A contestant that is ready to run, or why it can't run the network. */
export interface Loaded {
  readonly contestant: string;
  readonly fault?: string;
  readonly distance?: Distance;
}
