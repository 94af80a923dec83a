/** The networks that the project carries, with their samples and goldens from TFLite Micro. */

import { readFileSync } from "node:fs";

const MODELS = new URL("../models/", import.meta.url);

export const OWN_MODELS = ["digits", "pruned", "regressor"] as const;

export interface OwnModel {
  readonly name: string;
  readonly model: Uint8Array;
  readonly samples: number;
  /** All samples one after another, in the order of the model's inputs and outputs. */
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly Uint8Array[];
}

const read = (path: string) => new Uint8Array(readFileSync(new URL(path, MODELS)));

export function ownModel(name: (typeof OWN_MODELS)[number]): OwnModel {
  return {
    name,
    model: read(`${name}/${name}.tflite`),
    samples: 32,
    inputs: [read(`${name}/input0.bin`)],
    outputs: [read(`${name}/output0.bin`)],
  };
}
