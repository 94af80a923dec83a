/** Makes the plan of a graph: kernel of every layer, addresses of everything. A pure function of its arguments. */

import { MoteError } from "../error.ts";
import { alignUp } from "../graph/align.ts";
import { type Graph, placeOf as placeInFile, tensorAt } from "../graph/graph.ts";
import type { TensorId } from "../graph/tensor.ts";
import type { Argument } from "../ops/descriptor.ts";
import { layoutArena } from "./arena.ts";
import { stepBounds } from "./arena_bound.ts";
import { type ArenaProblem, arenaAlign, arenaProblem } from "./arena_requests.ts";
import { packedKey, tensorKey } from "./constant_requests.ts";
import { placeConstants } from "./constants.ts";
import { placeFlash } from "./flash.ts";
import { copyCalls } from "./flash_buffers.ts";
import { needsFloats } from "./floats.ts";
import { layerConstants } from "./layer_constants.ts";
import { PAGE_BYTES } from "./linear_memory.ts";
import type { ArenaBlock, Plan, PlannedArgument, PlannedLayer } from "./plan.ts";
import { inlineSingleCalls, placeLoops, rollLayers } from "./roll.ts";
import { stateBlocks } from "./state.ts";
import { placeOf } from "./storage.ts";
import { sumsOf } from "./sums.ts";
import { hasSimd, type Target } from "./target.ts";
import { chooseVariants } from "./variants.ts";

export interface PlanOptions {
  readonly target: Target;
  /** Layers whose kernel is inlined with its literals. The others share it; one with a single call is inlined all the same. */
  readonly inline: "all" | ReadonlySet<number>;
  /** Whether layers that share their kernel take its compact form, without tiles and unrolling; true if left out. */
  readonly compact?: boolean;
  /** Most bytes the arena may take. */
  readonly maxRam?: number;
  /** Whether a kernel of this name may be chosen, which all may if left out: for measuring one against another. */
  readonly kernels?: (name: string) => boolean;
}

/** Where constants start, behind the arena: the largest alignment that one may have. */
const CONSTANTS_ALIGN = 16;
/** Kernels may read this far beyond a tensor (never write, never use what they read there); vector kernels as far. */
const READ_SLACK = 16;

/** Throws a `MoteError` where an operator has no kernel or the arena takes more than `maxRam`. */
export function makePlan(graph: Graph, options: PlanOptions): Plan {
  const vector = hasSimd(options.target);
  // Bands share their kernel, so that they become the rounds of a loop.
  const inlined = (index: number) =>
    graph.operators[index]?.band === undefined && (options.inline === "all" || options.inline.has(index));
  const chosen = chooseVariants(
    graph,
    options.target,
    (index) => ({ compact: !inlined(index) && (options.compact ?? true) }),
    options.kernels,
  );
  const { calls: callsOf, resident, copies, buffers } = layerConstants(graph, chosen, options.target);
  const problem = arenaProblem(graph, chosen, buffers, arenaAlign(options.target));
  const layout = layoutArena(problem.requests, problem.overlaps);
  if (options.maxRam !== undefined && layout.bytes > options.maxRam) {
    throw tooLarge(graph, problem, layout.bytes, options.maxRam);
  }

  const constants = placeConstants(resident, alignUp(layout.bytes, CONSTANTS_ALIGN));
  const flash = placeFlash(copies, problem, layout);
  /** Where the layer finds a constant: in its buffer, where it lies for good, or in flash, from which the kernel streams it. */
  const addressOfConstant = (key: string, index: number): number | undefined =>
    flash.buffers.get(index)?.addresses.get(key) ?? constants.addresses.get(key) ?? flash.addresses.get(key);
  const addressOfTensor = (id: TensorId, index: number): number => {
    const constant = addressOfConstant(tensorKey(id), index);
    if (constant !== undefined) return constant;
    const { root, offset } = placeOf(graph, id);
    const request = problem.requestOfRoot.get(root);
    if (request === undefined) throw new RangeError(`tensor ${id} has no memory`);
    return (layout.offsets[request] ?? 0) + offset;
  };

  const withState = new Set(problem.states.map((id) => problem.requestOfRoot.get(placeOf(graph, id).root)));
  const placedBuffers = new Map(
    [...flash.buffers].map(([step, each]) => [problem.requestOfBuffer.get(step), each]),
  );
  const blocks: ArenaBlock[] = problem.requests.map((request, index) => ({
    name: request.name,
    address: placedBuffers.get(index)?.address ?? layout.offsets[index] ?? 0,
    bytes: placedBuffers.get(index)?.bytes ?? request.bytes,
    first: request.first,
    last: request.last,
    ...(withState.has(index) ? { state: true } : {}),
  }));

  const planned = chosen.map((choice, index): PlannedLayer => {
    const { layer, variant } = choice;
    const resolve = (argument: Argument): PlannedArgument => {
      const { name } = argument;
      const note = argument.note === undefined ? {} : { note: argument.note };
      if ("literal" in argument) return { name, value: argument.literal, ...note };
      if ("scratch" in argument) {
        const request = problem.requestOfScratch.get(index) ?? -1;
        return { name, value: (layout.offsets[request] ?? 0) + argument.scratch, ...note };
      }
      if ("stream" in argument) {
        const buffer = flash.buffers.get(index);
        const value = argument.stream === "piece" ? buffer?.piece : buffer?.pieceAddress;
        return { name, value: value ?? 0, ...note };
      }
      const base =
        "constant" in argument
          ? (addressOfConstant(packedKey(index, argument.constant), index) ?? 0)
          : addressOfTensor(
              ("input" in argument
                ? layer.operator.inputs[argument.input]
                : layer.operator.outputs[argument.output]) ?? -1,
              index,
            );
      return { name, value: base + (argument.offset ?? 0), ...note };
    };
    const bytesOf = (role: "weights" | "tables") =>
      Object.values(choice.packed).reduce(
        (sum, constant) => sum + (constant.role === role ? constant.bytes.length : 0),
        0,
      );
    return {
      index,
      name: `layer_${index}_${layer.operator.kind}`,
      kind: layer.operator.kind,
      spelling: layer.operator.spelling,
      operatorName: layer.operator.name,
      inputs: layer.inputs.filter((tensor) => tensor !== undefined),
      outputs: layer.outputs,
      kernel: { name: variant.name, file: variant.file },
      ...(variant.dotBits === undefined ? {} : { dotBits: variant.dotBits }),
      copies: copyCalls(copies.get(index), flash.buffers.get(index), flash.addresses),
      calls: (callsOf[index] ?? []).map((call) => call.map(resolve)),
      inline: inlined(index),
      macs: choice.macs,
      floats: needsFloats(layer),
      ...sumsOf(layer),
      weightBytes: bytesOf("weights"),
      tableBytes: bytesOf("tables"),
    };
  });

  const { loops, blocks: tables, end } = placeLoops(rollLayers(planned), constants.end);
  const layers = inlineSingleCalls(planned, loops);
  const totalBytes = end + (vector || copies.size > 0 ? READ_SLACK : 0);
  const port = (id: TensorId) => ({
    tensor: tensorAt(graph, id),
    address: addressOfTensor(id, chosen.length),
  });
  return {
    name: graph.name,
    file: graph.file,
    target: options.target,
    layers,
    loops,
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    state: stateBlocks(
      graph,
      problem.states,
      (id) => addressOfTensor(id, chosen.length),
      (key) => constants.addresses.get(key) ?? 0,
    ),
    memory: {
      arenaAddress: 0,
      arenaBytes: layout.bytes,
      arenaBound: layout.bound,
      blocks,
      constants: [...constants.blocks, ...tables],
      flash: flash.blocks,
      totalBytes,
      pages: Math.max(1, Math.ceil(totalBytes / PAGE_BYTES)),
    },
  };
}

/** Says where the arena is largest and what lives there. */
function tooLarge(graph: Graph, problem: ArenaProblem, bytes: number, maxRam: number): MoteError {
  const number = (value: number) => value.toLocaleString("en-US");
  const live = (step: number) =>
    problem.requests.filter((request) => request.first <= step && step <= request.last);
  const steps = stepBounds(problem.requests, problem.overlaps);
  const { step: peak } = steps.reduce((most, step) => (step.bytes > most.bytes ? step : most));
  const sum = live(peak).reduce((total, request) => total + request.bytes, 0);
  const operator = graph.operators[peak];
  const parts = live(peak)
    .map((request) => `${request.name} ${number(request.bytes)}`)
    .join(" + ");
  const overlap = sum > bytes ? ", which overlap where that is safe" : "";
  const place = operator ? placeInFile({ file: "" }, operator).slice(2) : "the border";
  return new MoteError(
    "out-of-memory",
    graph.file,
    `arena needs ${number(bytes)} bytes, but --max-ram is ${number(maxRam)}. The peak is at ${place}: ${parts}${overlap}.`,
  );
}
