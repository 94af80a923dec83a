/** What a built module says of itself where its report is not beside it. */

import { measureModule } from "../build/sections.ts";
import type { Manifest } from "../compile_result.ts";
import { dimensions } from "../graph/tensor.ts";
import { counted, integer } from "../report/format.ts";
import type { LoadedModel } from "./load_model.ts";
import { tableLines } from "./table.ts";

/** Sizes that can be read off a module: bytes, except `pages` of 64 KiB. */
export interface ModuleSummary {
  readonly manifest: Manifest;
  readonly bytes: {
    readonly wasm: number;
    readonly code: number;
    readonly data: number;
    readonly metadata: number;
  };
  readonly memory: { readonly total: number; readonly pages: number };
}

const CODE_SECTION = 10;
const DATA_SECTION = 11;
const PAGE_BYTES = 65_536;

export function moduleSummary({ wasm, instance }: LoadedModel): ModuleSummary {
  const { sections } = measureModule(wasm);
  const code = sections.get(CODE_SECTION) ?? 0;
  const data = sections.get(DATA_SECTION) ?? 0;
  const total = instance.memory.buffer.byteLength;
  return {
    manifest: instance.manifest,
    bytes: { wasm: wasm.length, code, data, metadata: wasm.length - code - data },
    memory: { total, pages: total / PAGE_BYTES },
  };
}

export function summaryText({ manifest, bytes, memory }: ModuleSummary): string {
  const tensors = [
    ...manifest.inputs.map((tensor) => ({ side: "input", tensor })),
    ...manifest.outputs.map((tensor) => ({ side: "output", tensor })),
  ];
  const rows = tensors.map(({ side, tensor }) => [side, tensor.name, tensor.dtype, dimensions(tensor.shape)]);
  const sizes = [
    ["wasm", integer(bytes.wasm)],
    ["  code", integer(bytes.code)],
    ["  data", integer(bytes.data)],
    ["  metadata", integer(bytes.metadata)],
    ["memory", `${integer(memory.total)} (${counted(memory.pages, "page")})`],
  ];
  return [
    `${manifest.name}: target ${manifest.target}, SIMD ${manifest.simd}, --optimize ${manifest.optimize},${manifest.floats ? " needs floats," : ""}${manifest.flashWeights ? " weights in flash," : ""} ${manifest.generator}`,
    ...tableLines(rows),
    "",
    ...tableLines([["", "bytes"], ...sizes]),
    "",
    `Layers and arena are in ${manifest.name}.report.json, which mote build writes beside the module.`,
  ].join("\n");
}
