/**
 * Runs single kernel variants in memory full of garbage, whether a plan would choose them or not.
 *
 * `checkVariants(descriptor, makeLayer, { rounds, seed })` draws layers and asserts that every variant that fits gives
 * the bytes of `evaluate()`; `checkCases(cases)` does so for the cases of file_operator.ts, whose `tensor`, and `layer`
 * here, build what `makeLayer` returns. Each variant runs for the targets portable, node, node with
 * relaxed SIMD (on every machine on which the kernel has to be exact) and wasm3, compact and not, with
 * all blocks apart, with output 0 as close before each input as `overlap` allows, and with it right behind each input; kernels
 * that stream from flash do so in small pieces too.
 * Nothing but outputs and scratch may change. Both give the names of the kernels that ran, for a test to say which it means.
 * `runVariant` is one such run. Kernels are found by file, so that a new one needs no change here.
 */

import { strict as assert } from "node:assert";
import { type Layer, layerOf, tensorAt } from "../../codegen/graph/graph.ts";
import { bytesOf, type Tensor, tensorBytes, type Values, valuesOf } from "../../codegen/graph/tensor.ts";
import type { Argument, KernelVariant, OperatorDescriptor, Style } from "../../codegen/ops/descriptor.ts";
import { descriptorOf } from "../../codegen/ops/index.ts";
import { TARGETS } from "../../codegen/plan/target.ts";
import { type KernelModule, kernelModule } from "../kernels/kernel_module.ts";
import { type DotMachine, RELAXED } from "../relaxed/rewrite.ts";
import { type FileOperatorCase, graphOf } from "./file_operator.ts";
import { type Random, randomOf, randomValues, sameBytes } from "./random_values.ts";
import { streamConstants } from "./streamed_constants.ts";
import { type VariantWay, waysOf } from "./variant_ways.ts";

/** Bytes between blocks, at least. */
const GUARD = 48;
const PAGE = 65536;

/** A layer and what it is run on: a value for each input that is no constant. */
export interface LayerRun {
  readonly layer: Layer;
  readonly inputs: readonly (Values | undefined)[];
}

export interface VariantOptions extends VariantWay {
  readonly style?: Style;
  readonly garbage?: number;
}

/** An operator of this kind on its tensors. */
export function layer(
  kind: string,
  attributes: unknown,
  inputs: readonly (Tensor | undefined)[],
  outputs: readonly Tensor[],
): Layer {
  const place = { kind, spelling: kind.toUpperCase(), name: kind, index: 0 };
  const operator = {
    ...place,
    inputs: inputs.map((_, i) => i),
    outputs: outputs.map((_, i) => i),
    attributes,
  };
  return { operator, attributes, inputs, outputs };
}

/** The kernels, and the first address that nothing of theirs uses. */
interface Kernels {
  readonly module: KernelModule;
  readonly start: number;
}

const instances = new Map<DotMachine | undefined, Promise<Kernels>>();

function instantiate(machine: DotMachine | undefined): Promise<Kernels> {
  const instance =
    instances.get(machine) ??
    kernelModule(machine).then((module) => ({ module, start: module.memory.buffer.byteLength }));
  instances.set(machine, instance);
  return instance;
}

/** Contents of all inputs, constants too. */
function contentsOf({ layer: { inputs: tensors }, inputs }: LayerRun): (Values | undefined)[] {
  return tensors.map((tensor, i) => (tensor?.data ? valuesOf(tensor.dtype, tensor.data) : inputs[i]));
}

/** Outputs of one run of `variant`. Asserts that it changes nothing but its outputs and its scratch. */
export async function runVariant(
  variant: KernelVariant<unknown>,
  run: LayerRun,
  { style = { compact: false }, overlap, garbage = 1, units, machine }: VariantOptions = {},
): Promise<Values[]> {
  const { module, start } = await instantiate(machine);
  const { inputs: tensors, outputs } = run.layer;
  const packed = variant.pack?.(run.layer, style) ?? {};
  let end = start + GUARD;
  const take = (bytes: number, before = 0) => {
    // A block and what lies up to `before` bytes in front of it; the block itself is aligned as in a plan.
    const address = Math.ceil((end + before) / 16) * 16;
    end = address + bytes + GUARD;
    return address;
  };
  const first = outputs[0];
  assert.ok(first);
  const inputAt = tensors.map((tensor, i) => {
    const before = overlap?.input === i ? Math.max(0, overlap.distance) : 0;
    const room = overlap?.input === i ? Math.max(0, tensorBytes(first) - overlap.distance) : 0;
    return take(Math.max(tensor ? tensorBytes(tensor) : 0, room), before);
  });
  const outputAt = outputs.map((output, i) =>
    // State is written where it is read.
    output.state
      ? (inputAt[tensors.indexOf(output)] ?? take(tensorBytes(output)))
      : overlap && i === 0
        ? (inputAt[overlap.input] ?? 0) - overlap.distance
        : take(tensorBytes(output)),
  );
  const stream = units === undefined ? undefined : variant.stream?.(run.layer);
  const streamed = stream && streamConstants(stream, packed, units ?? 1);
  module.setFlash(streamed?.flash ?? new Uint8Array());
  const inMemory = Object.entries(packed).filter(([name]) => !streamed?.positions.has(name));
  const constantAt = new Map(inMemory.map(([name, { bytes }]) => [name, take(bytes.length)]));
  const bufferAt = take(streamed?.bufferBytes ?? 0);
  const scratchBytes = variant.scratch?.(run.layer) ?? 0;
  const scratchAt = take(scratchBytes);
  const missing = Math.ceil((end - module.memory.buffer.byteLength) / PAGE);
  if (missing > 0) module.memory.grow(missing);

  const memory = new Uint8Array(module.memory.buffer, start, end - start);
  const random = randomOf(garbage);
  for (let at = 0; at < memory.length; at++) memory[at] = random.int(0, 255);
  const put = (bytes: Uint8Array, address: number) => memory.set(bytes, address - start);
  contentsOf(run).forEach((values, i) => {
    if (values) put(bytesOf(values), inputAt[i] ?? 0);
  });
  for (const [name, { bytes }] of inMemory) put(bytes, constantAt.get(name) ?? 0);
  const expected = memory.slice();

  for (const call of variant.calls(run.layer, packed, style)) {
    const values = call.map((argument) => {
      const value = resolve(argument);
      assert.ok(
        value !== undefined && Number.isFinite(value),
        `${variant.name}: no value of ${argument.name}`,
      );
      return value;
    });
    module.kernel(variant.name)(...values);
  }
  function resolve(argument: Argument): number | undefined {
    if ("literal" in argument) return argument.literal;
    if ("scratch" in argument) return scratchAt + argument.scratch;
    if ("stream" in argument) {
      if (!streamed) return 0;
      return argument.stream === "piece" ? streamed.piece : bufferAt;
    }
    const offset = argument.offset ?? 0;
    if ("input" in argument) return (inputAt[argument.input] ?? Number.NaN) + offset;
    if ("output" in argument) return (outputAt[argument.output] ?? Number.NaN) + offset;
    const at = constantAt.get(argument.constant) ?? streamed?.positions.get(argument.constant);
    return (at ?? Number.NaN) + offset;
  }

  const results = outputs.map((output, i) => {
    const at = (outputAt[i] ?? 0) - start;
    return valuesOf(output.dtype, memory.slice(at, at + tensorBytes(output)));
  });
  const mayChange = (address: number, bytes: number) => {
    expected.set(memory.subarray(address - start, address - start + bytes), address - start);
  };
  outputs.forEach((output, i) => {
    mayChange(outputAt[i] ?? 0, tensorBytes(output));
  });
  mayChange(scratchAt, scratchBytes);
  mayChange(bufferAt, streamed?.bufferBytes ?? 0);
  const changed = memory.findIndex((byte, at) => byte !== expected[at]);
  assert.equal(changed, -1, `${variant.name} writes beside outputs ${outputAt} at ${start + changed}`);
  return results;
}

/** Asserts that every variant that fits a layer gives its reference's bytes; gives their kernels' names. */
async function checkLayer(descriptor: OperatorDescriptor, run: LayerRun, garbage: number): Promise<string[]> {
  const { layer: given } = run;
  descriptor.check(given);
  const expected = descriptor.evaluate(given, contentsOf(run));
  const targets = [TARGETS.portable, TARGETS.node, RELAXED, TARGETS.wasm3];
  const variants = descriptor.variants.filter((variant) =>
    targets.some((target) => variant.fits(given, target)),
  );
  assert.ok(variants.length > 0, `no variant of ${descriptor.kind} fits`);
  for (const variant of variants) {
    const ways = waysOf(variant, given);
    for (const compact of [false, true]) {
      for (const way of ways) {
        const options = { style: { compact }, garbage, ...way };
        const found = await runVariant(variant, run, options);
        expected.forEach((want, i) => {
          const got = found[i];
          if (got && sameBytes(got, want)) return;
          const how = JSON.stringify({
            kernel: variant.name,
            file: variant.file,
            compact,
            ...way,
            output: i,
          });
          assert.fail(`${how} gives ${got} instead of ${want} for ${JSON.stringify(given)}`);
        });
      }
    }
  }
  return variants.map(({ name }) => name);
}

/** Checks the variants of `rounds` layers that `makeLayer` draws; the same ones for the same seed. */
export async function checkVariants(
  descriptor: OperatorDescriptor,
  makeLayer: (random: Random) => LayerRun,
  { rounds = 20, seed = 1 }: { readonly rounds?: number; readonly seed?: number } = {},
): Promise<Set<string>> {
  const random = randomOf(seed);
  const kernels: string[] = [];
  for (let round = 0; round < rounds; round++) {
    kernels.push(...(await checkLayer(descriptor, makeLayer(random), seed + round)));
  }
  return new Set(kernels);
}

/** Checks the variants of operators as files bring them, on any bytes at all or on what `contents` makes. */
export async function checkCases(
  cases: readonly FileOperatorCase[],
  {
    seed = 1,
    contents = randomValues,
  }: { readonly seed?: number; readonly contents?: typeof randomValues } = {},
): Promise<Set<string>> {
  const random = randomOf(seed);
  const kernels: string[] = [];
  for (const entry of cases) {
    const graph = graphOf([entry]);
    for (const operator of graph.operators) {
      const inputs = operator.inputs.map((id) =>
        id < 0 ? undefined : contents(tensorAt(graph, id), random),
      );
      const run = { layer: layerOf(graph, operator), inputs };
      kernels.push(...(await checkLayer(descriptorOf(operator), run, seed)));
    }
  }
  return new Set(kernels);
}
