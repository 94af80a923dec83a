/** Gathers the report of a build: plain data, from the plan and the measured module. */

import type { BuiltModule } from "../build/build_plan.ts";
import type { PassReport, Report, ReportLayer } from "../compile_result.ts";
import { type BuildFacts, makeManifest } from "../package/manifest.ts";
import { linearBytes } from "../plan/linear_memory.ts";
import type { ConstantBlock, Plan, PlannedLayer } from "../plan/plan.ts";
import { bytesInUse } from "./occupancy.ts";

const CODE_SECTION = 10;
const DATA_SECTION = 11;

export interface ReportFacts extends BuildFacts {
  readonly passes: readonly PassReport[];
  readonly modelBytes: number;
  /** Bytes of the arena of the same graph without bands. */
  readonly arenaWithoutBands?: number;
}

export function makeReport(plan: Plan, built: BuiltModule, facts: ReportFacts): Report {
  const { memory, target } = plan;
  const { inputs, outputs, stateBytes } = makeManifest(plan, facts);
  const bytesOf = (name: string) => built.functions.find((entry) => entry.name === name)?.bytes ?? 0;
  const layerNames = new Set(plan.layers.map(({ name }) => `model/${name}`));
  const sizeOf = (blocks: readonly ConstantBlock[], role?: ConstantBlock["role"]) =>
    blocks.reduce(
      (sum, block) => (role === undefined || block.role === role ? sum + block.bytes.length : sum),
      0,
    );

  const wasm = built.wasm.length;
  const code = built.sections.get(CODE_SECTION) ?? 0;
  const data = built.sections.get(DATA_SECTION) ?? 0;
  const tables = Math.min(data, sizeOf([...memory.constants, ...memory.flash], "tables"));
  const layers = plan.layers.map(
    (layer): ReportLayer => ({
      index: layer.index,
      name: layer.name,
      kind: layer.kind,
      operatorName: layer.operatorName,
      kernel: layer.kernel.name,
      inputShapes: activationShapes(layer),
      outputShapes: layer.outputs.map(({ shape }) => shape),
      inline: layer.inline,
      floats: layer.floats,
      ...(layer.sums ? { sums: layer.sums } : {}),
      macs: layer.macs,
      weightBytes: layer.weightBytes,
      tableBytes: layer.tableBytes,
      ramBytes: bytesInUse(memory.blocks, layer.index),
      codeBytes: bytesOf(`model/${layer.name}`),
    }),
  );
  return {
    name: plan.name,
    file: plan.file,
    target: target.name,
    simd: target.simd,
    optimize: facts.optimize,
    generator: facts.generator,
    inputs,
    outputs,
    bytes: {
      model: facts.modelBytes,
      wasm,
      code,
      weights: data - tables,
      tables,
      metadata: wasm - code - data,
    },
    memory: {
      arena: memory.arenaBytes,
      bound: memory.arenaBound,
      ...(facts.arenaWithoutBands !== undefined && facts.arenaWithoutBands > memory.arenaBytes
        ? { withoutBands: facts.arenaWithoutBands }
        : {}),
      state: stateBytes,
      weights: sizeOf(memory.constants),
      flash: sizeOf(memory.flash),
      total: memory.totalBytes,
      pages: memory.pages,
      linear: linearBytes(target.memory, memory.totalBytes),
      blocks: memory.blocks,
    },
    macs: layers.reduce((sum, layer) => sum + layer.macs, 0),
    floats: layers.some(({ floats }) => floats),
    layers,
    shared: built.functions
      .filter(({ name }) => !layerNames.has(name))
      .map(({ name, bytes }) => ({ name: name.replace(/^kernels\//, ""), codeBytes: bytes })),
    passes: facts.passes,
  };
}

function activationShapes(layer: PlannedLayer): readonly (readonly number[])[] {
  return layer.inputs.filter(({ data }) => !data).map(({ shape }) => shape);
}
