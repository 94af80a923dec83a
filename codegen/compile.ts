/** The pipeline: from the bytes of a model file to a WebAssembly module. One line a stage. */

import { createHash, type Hash } from "node:crypto";
import { fitMemory } from "./bands/fit_memory.ts";
import { type BuiltModule, buildPlan } from "./build/build_plan.ts";
import { withBytePages } from "./build/device_memory.ts";
import { generatorName } from "./build/kernel_sources.ts";
import { validate } from "./build/validate.ts";
import type { CompileOptions, CompileResult, Optimize } from "./compile_result.ts";
import { checkFeatures } from "./count/feature_check.ts";
import { constantImage } from "./emit/segments.ts";
import { MoteError } from "./error.ts";
import type { Graph } from "./graph/graph.ts";
import { importModel } from "./import/index.ts";
import { makeManifest } from "./package/manifest.ts";
import { runPasses } from "./passes/index.ts";
import { allowance, savedByInlining, spendAllowance } from "./plan/budget.ts";
import { makePlan } from "./plan/make_plan.ts";
import type { Plan } from "./plan/plan.ts";
import { loopOf } from "./plan/roll.ts";
import { type Target, targetNamed } from "./plan/target.ts";
import { makeReport } from "./report/make_report.ts";

/** A plan and the module that it became. */
interface Candidate {
  readonly plan: Plan;
  readonly built: BuiltModule;
}

interface Settings {
  readonly target: Target;
  readonly optimize: Optimize;
  readonly profile: boolean;
  readonly maxRam?: number;
  /** Content of the custom section for a plan; `undefined` leaves it out. */
  readonly manifest: (plan: Plan) => string | undefined;
}

/**
 * Compiles a model file (.tflite or .onnx). The same bytes and options give the same module on any machine. Throws a
 * `MoteError` on a model or an option that it refuses.
 */
export async function compileModel(bytes: Uint8Array, options: CompileOptions = {}): Promise<CompileResult> {
  const target = targetNamed(options.target ?? "portable", options);
  const optimize = optimizeNamed(options.optimize ?? "balanced");
  const files = createHash("sha256").update(bytes);
  const imported = importModel(bytes, { ...options, externalData: hashed(files, options.externalData) });
  const { graph: whole, report: passes } = runPasses(imported, { skip: options.skipPasses ?? [] });
  const { graph, wholeBytes } =
    options.maxRam === undefined
      ? { graph: whole, wholeBytes: undefined }
      : fitMemory(whole, target, options.maxRam);
  const source = files.digest("hex");
  const facts = { generator: generatorName(), source, optimize };
  const settings: Settings = {
    target,
    optimize,
    profile: options.profile ?? false,
    ...(options.maxRam === undefined ? {} : { maxRam: options.maxRam }),
    manifest: (plan) => (options.strip ? undefined : JSON.stringify(makeManifest(plan, facts))),
  };
  const { plan, built } = await search(graph, settings);
  const functionNames = built.functions.map(({ name }) => name);
  await validate(built.wasm, target);
  checkFeatures(built.wasm, functionNames, plan);
  const { totalBytes } = plan.memory;
  return {
    wasm: target.memory === "byte-pages" ? withBytePages(built.wasm, totalBytes) : built.wasm,
    manifest: makeManifest(plan, facts),
    source: built.source,
    weights: constantImage(plan.memory.constants).bytes,
    flash: constantImage(plan.memory.flash).bytes,
    functionNames,
    report: makeReport(plan, built, {
      ...facts,
      passes,
      modelBytes: bytes.length,
      ...(wholeBytes === undefined ? {} : { arenaWithoutBands: wholeBytes }),
    }),
  };
}

/** A reader of the files beside a model that takes each of them into the hash, once. */
function hashed(
  files: Hash,
  read: CompileOptions["externalData"],
): (location: string) => Uint8Array | undefined {
  const known = new Map<string, Uint8Array | undefined>();
  return (location) => {
    if (known.has(location)) return known.get(location);
    const bytes = read?.(location);
    known.set(location, bytes);
    if (bytes) files.update(bytes);
    return bytes;
  };
}

/** Builds with the kernels of some layers inlined and all others shared, these compact where `compact` says so. */
async function build(
  graph: Graph,
  settings: Settings,
  inline: "all" | ReadonlySet<number>,
  compact: boolean,
): Promise<Candidate> {
  const { target, maxRam, profile } = settings;
  const plan = makePlan(graph, { target, inline, compact, ...(maxRam === undefined ? {} : { maxRam }) });
  const manifest = settings.manifest(plan);
  return {
    plan,
    built: await buildPlan(plan, {
      size: compact,
      profile,
      ...(manifest === undefined ? {} : { manifest }),
    }),
  };
}

/**
 * `size` shares every kernel in its compact form, `speed` inlines all; `balanced` shares them as they are fastest, and inlines
 * what is left of its allowance over `size` pays for, known only once both have been built.
 */
async function search(graph: Graph, settings: Settings): Promise<Candidate> {
  const small = settings.optimize === "speed" ? undefined : await build(graph, settings, new Set(), true);
  if (small && settings.optimize === "size") return small;
  const fast = await build(graph, settings, "all", false);
  if (!small) return fast;
  const limit = small.built.wasm.length + allowance("balanced", small.built.wasm.length);
  if (fast.built.wasm.length <= limit) return fast;

  // Bands are never inlined.
  const inlined = fast.plan.layers.filter(({ inline }) => inline);
  const candidates = inlined.map((layer) => ({
    layer: layer.index,
    kernel: layer.kernel.name,
    saved: savedByInlining(layer, settings.target),
    extraBytes: layerBytes(fast, layer) - (inLoop(small, layer.index) ? 0 : layerBytes(small, layer)),
  }));
  let budget = limit - small.built.wasm.length;
  // The estimate ignores what merging and loops saved in the small build, so the first tries may miss the limit.
  for (let tries = 0; tries < 4; tries++) {
    const inline = tries < 3 ? spendAllowance(candidates, sharedBytes(small), budget) : new Set<number>();
    const candidate = await build(graph, settings, inline, false);
    const over = candidate.built.wasm.length - limit;
    if (over <= 0) return candidate;
    budget -= over;
  }
  return small;
}

/** By kernel, the bytes of its function, and of the loops in which it stands. */
function sharedBytes(small: Candidate): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const { index, kernel, name } of small.plan.layers) {
    const known = bytes.get(kernel.name) ?? functionBytes(small, `kernels/${kernel.file}/${kernel.name}`);
    bytes.set(kernel.name, known + (inLoop(small, index) ? layerBytes(small, { name }) : 0));
  }
  return bytes;
}

const inLoop = ({ plan }: Candidate, index: number) => loopOf(plan.loops, index) !== undefined;

function layerBytes(candidate: Candidate, { name }: { readonly name: string }): number {
  return functionBytes(candidate, `model/${name}`);
}

function functionBytes({ built }: Candidate, name: string): number {
  return built.functions.find((entry) => entry.name === name)?.bytes ?? 0;
}

function optimizeNamed(name: string): Optimize {
  if (name === "size" || name === "balanced" || name === "speed") return name;
  throw new MoteError(
    "bad-option",
    "mote",
    `unknown --optimize "${name}". Choices are: size, balanced, speed.`,
  );
}
