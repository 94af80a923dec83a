/** What one inference of a network takes on a runtime, beside its instructions by class: the observations that costs are fitted to. */

import { countInstructions } from "../codegen/count/count.ts";
import type { Counts } from "../codegen/count/instructions.ts";
import { compileModel } from "../codegen/index.ts";
import { type Network, sampleOf } from "../tests/golden.ts";
import { canRunOnQemu, QEMU_TARGETS, runOnQemu } from "../tests/qemu/qemu.ts";
import { isInstalled, RUNTIMES, type Runtime } from "../tests/runtimes/runtimes.ts";
import { hostInstructions } from "./callgrind.ts";

export interface Observation {
  readonly network: string;
  readonly optimize: string;
  readonly counts: Counts;
  /** Instructions of the processor. */
  readonly cost: number;
}

/** Where instructions of a processor can be counted. */
export interface Place {
  readonly target: string;
  readonly processor: string;
  /** Costs below it say too little: of the board's clock a tick is 40 instructions. */
  readonly leastCost: number;
  /** `undefined` where the place does not take the network. */
  observe(network: Network, name: string, optimize: string): Promise<Observation | undefined>;
}

/** The processor that tests/qemu emulates. */
const BOARD = "Cortex-M4";
const HOST = "x86-64";

/** A target has one table a processor: of WAMR's interpreters that of the fast one. */
const NOT_OBSERVED = ["wamr-classic"];

/** All places that are installed. */
export function placesHere(): Place[] {
  const hosts = RUNTIMES.filter(
    (runtime) => !runtime.bare && isInstalled(runtime) && !NOT_OBSERVED.includes(runtime.name),
  ).map(
    (runtime): Place => ({
      target: runtime.build.target ?? "",
      processor: HOST,
      leastCost: 0,
      observe: (network, name, optimize) => onHost(runtime, network, name, optimize),
    }),
  );
  const boards = QEMU_TARGETS.filter(canRunOnQemu).map(
    (target): Place => ({
      target,
      processor: BOARD,
      leastCost: 10_000,
      observe: async (network, name, optimize) => {
        const built = await compileModel(network.model, { file: `${name}.tflite`, target, optimize });
        // The board's wasm3 is built without floats.
        if (target === "wasm3" && built.report.floats) return undefined;
        const { instructions } = await runOnQemu(network, target, { optimize, file: `${name}.tflite` }, 1);
        return { network: name, optimize, counts: countsOf(built, firstInputs(network)), cost: instructions };
      },
    }),
  );
  return [...hosts, ...boards];
}

async function onHost(
  runtime: Runtime,
  network: Network,
  name: string,
  optimize: string,
): Promise<Observation> {
  const options = { file: `${name}.tflite`, optimize, ...runtime.build, bytePages: false };
  const built = await compileModel(network.model, options);
  const inputs = firstInputs(network);
  return {
    network: name,
    optimize,
    counts: countsOf(built, inputs),
    cost: hostInstructions(runtime, built, inputs),
  };
}

function countsOf(
  { wasm, functionNames, manifest }: Awaited<ReturnType<typeof compileModel>>,
  inputs: Uint8Array,
): Counts {
  return countInstructions(wasm, functionNames, (memory) => {
    let at = 0;
    for (const { address, bytes } of manifest.inputs) {
      memory.set(inputs.subarray(at, at + bytes), address);
      at += bytes;
    }
  }).total;
}

/** The inputs of a network's first sample, one after another. */
export function firstInputs({ inputs, samples }: Network): Uint8Array {
  return new Uint8Array(Buffer.concat(inputs.map((bytes) => sampleOf(bytes, 0, samples))));
}
