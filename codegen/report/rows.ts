/** The tables of a report as rows of text: what the text, Markdown and HTML reports print. */

import type { ManifestTensor, ReportBuild } from "../compile_result.ts";
import { dimensions } from "../graph/tensor.ts";
import { PAGE_BYTES } from "../plan/linear_memory.ts";
import { certificateTable, countTable, sumTables } from "./execution_rows.ts";
import type { LayerFigures, PassFigures, ReportFigures } from "./figures.ts";
import { counted, decimal, integer, percent, printable, shapesText, shortName } from "./format.ts";

export interface Column {
  readonly title: string;
  /** `share`: a percentage, which HTML draws as a bar. */
  readonly kind: "text" | "number" | "share";
  /** Of less interest than the column before it: left out or set small where there is little room. */
  readonly detail?: true;
}

export interface Table {
  readonly id:
    | "builds"
    | "tensors"
    | "bytes"
    | "memory"
    | "layers"
    | "code"
    | "passes"
    | "time"
    | "counts"
    | "certificate"
    | "sums";
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** A last row that sums the others. */
  readonly total?: readonly string[];
  readonly note?: string;
}

const text = (title: string): Column => ({ title, kind: "text" });
const detail = (title: string): Column => ({ title, kind: "text", detail: true });
const number = (title: string): Column => ({ title, kind: "number" });
const SHARE: Column = { title: "%", kind: "share" };

/** The line under a report's title. */
export function subtitle(figures: ReportFigures): string {
  return [
    printable(figures.file),
    `target ${figures.target}`,
    `SIMD ${figures.simd}`,
    `optimize ${figures.optimize}`,
    ...(figures.floats ? ["needs floats"] : []),
    figures.generator,
  ].join(" · ");
}

/** A report's tables in their order. */
export function reportTables(figures: ReportFigures): Table[] {
  return [
    ...(figures.builds ? [buildTable(figures.builds, figures.simd)] : []),
    tensorTable(figures),
    bytesTable(figures),
    memoryTable(figures),
    layerTable(figures),
    codeTable(figures),
    ...(figures.timings ? [timeTable(figures, figures.timings.total)] : []),
    ...(figures.execution
      ? [countTable(figures, figures.execution), certificateTable(figures.execution.certificate)]
      : []),
    ...(figures.execution ? sumTables(figures) : []),
    passTable(figures),
  ];
}

function buildTable(builds: readonly ReportBuild[], simd: string): Table {
  const described = builds.find((build) => build.simd === simd)?.file ?? "";
  return {
    id: "builds",
    title: "Builds",
    columns: [text("file"), text("SIMD"), number("bytes"), number("arena"), number("memory")],
    rows: builds.map(({ file, simd: level, wasm, arena, total }) => [
      file,
      level,
      integer(wasm),
      integer(arena),
      integer(total),
    ]),
    note: `The JavaScript loads the first that the machine runs exactly. This report describes ${described}.`,
  };
}

function tensorTable({ inputs, outputs }: ReportFigures): Table {
  const row = (side: string) => (tensor: ManifestTensor, index: number) => [
    `${side} ${index}`,
    printable(tensor.name),
    dimensions(tensor.shape),
    tensor.dtype,
    tensor.scale === undefined ? "–" : String(tensor.scale),
    tensor.zeroPoint === undefined ? "–" : String(tensor.zeroPoint),
    integer(tensor.bytes),
    integer(tensor.address),
  ];
  return {
    id: "tensors",
    title: "Inputs and outputs",
    columns: [
      text(""),
      text("name"),
      text("shape"),
      text("type"),
      number("scale"),
      number("zero point"),
      number("bytes"),
      number("address"),
    ],
    rows: [...inputs.map(row("input")), ...outputs.map(row("output"))],
  };
}

function bytesTable({ bytes, shares }: ReportFigures): Table {
  const parts = ["code", "weights", "tables", "metadata"] as const;
  return {
    id: "bytes",
    title: "Bytes of the module",
    columns: [text("part"), number("bytes"), SHARE],
    rows: parts.map((part) => [part, integer(bytes[part]), percent(shares[part])]),
    total: ["wasm", integer(bytes.wasm), ""],
    note: `The model file has ${integer(bytes.model)} bytes.`,
  };
}

function memoryTable({ memory, totals }: ReportFigures): Table {
  return {
    id: "memory",
    title: "Memory",
    columns: [text("part"), number("bytes")],
    rows: [
      [
        `arena (inputs, outputs, activations, ${memory.state > 0 ? "state, " : ""}scratch)`,
        integer(memory.arena),
      ],
      ...(memory.state > 0 ? [["of the arena, state kept between inferences", integer(memory.state)]] : []),
      ...(memory.withoutBands === undefined
        ? []
        : [["arena without layers in bands of rows", integer(memory.withoutBands)]]),
      ["lower bound of the arena", integer(memory.bound)],
      ["arena over the bound", integer(totals.overBound)],
      ["weights and tables in memory", integer(memory.weights)],
      ...(memory.flash > 0
        ? [["weights and tables in flash, which layers copy into the arena", integer(memory.flash)]]
        : []),
    ],
    total: [`linear memory, ${counted(memory.pages, "page")} of 65,536 bytes`, integer(memory.total)],
    ...(memory.linear < memory.pages * PAGE_BYTES
      ? { note: `The runtime gives the module ${integer(memory.linear)} bytes instead of whole pages.` }
      : {}),
  };
}

function layerTable(figures: ReportFigures): Table {
  const { layers, totals, memory, macs } = figures;
  const timed = totals.layerMicroseconds !== undefined;
  const tables = totals.tableBytes > 0;
  return {
    id: "layers",
    title: "Layers",
    columns: [
      number("#"),
      text("operator"),
      text("name"),
      detail("kernel"),
      text("output"),
      detail("input"),
      number("MACs"),
      SHARE,
      number("weights"),
      SHARE,
      ...(tables ? [number("tables")] : []),
      number("RAM"),
      SHARE,
      number("code"),
      SHARE,
      ...(timed ? [number("µs"), SHARE] : []),
    ],
    rows: layers.map((layer) => layerRow(layer, tables)),
    total: [
      "",
      "all",
      "",
      "",
      "",
      "",
      integer(macs),
      "",
      integer(totals.weightBytes),
      "",
      ...(tables ? [integer(totals.tableBytes)] : []),
      integer(memory.arena),
      "",
      integer(totals.layerCode),
      percent(figures.shares.layerCode),
      ...(timed ? [decimal(totals.layerMicroseconds ?? 0), ""] : []),
    ],
    note: `Weights, tables, RAM and code are bytes: RAM what is in use of the arena while the layer runs, code the layer's own function. Shares of code are of the code section, of RAM of the arena.${floatsNote(layers)}`,
  };
}

/** Which layers compute with floats, where some do. */
function floatsNote(layers: readonly LayerFigures[]): string {
  const withFloats = layers.filter(({ floats }) => floats);
  if (withFloats.length === 0) return "";
  const list = withFloats.map(({ index, kind }) => `${index} (${kind})`).join(", ");
  return ` Needs floats: ${withFloats.length === 1 ? "layer" : "layers"} ${list}; a target without floats refuses the model.`;
}

function layerRow(layer: LayerFigures, tables: boolean): string[] {
  const { shares, microseconds } = layer;
  return [
    String(layer.index),
    layer.floats ? `${layer.kind} (floats)` : layer.kind,
    shortName(layer.operatorName),
    `${layer.kernel}, ${layer.inline ? "inlined" : "shared"}`,
    shapesText(layer.outputShapes),
    shapesText(layer.inputShapes),
    integer(layer.macs),
    percent(shares.macs),
    integer(layer.weightBytes),
    percent(shares.weights),
    ...(tables ? [integer(layer.tableBytes)] : []),
    integer(layer.ramBytes),
    percent(shares.ram),
    integer(layer.codeBytes),
    percent(shares.code),
    ...(microseconds === undefined ? [] : [decimal(microseconds), percent(shares.time ?? 0)]),
  ];
}

function codeTable({ bytes, shared, shares, totals, layers }: ReportFigures): Table {
  const row = (title: string, value: number, share: number) => [title, integer(value), percent(share)];
  return {
    id: "code",
    title: "Code",
    columns: [text("functions"), number("bytes"), SHARE],
    rows: [
      row(counted(layers.length, "layer"), totals.layerCode, shares.layerCode),
      ...shared.map(({ name, codeBytes, share }) => row(name, codeBytes, share)),
      row("lengths and headers", totals.otherCode, shares.otherCode),
    ],
    total: ["code", integer(bytes.code), ""],
  };
}

function timeTable({ timings, totals }: ReportFigures, total: number): Table {
  const { layerMicroseconds, gigaMacsPerSecond } = totals;
  return {
    id: "time",
    title: "Time",
    columns: [text("measured"), number("µs")],
    rows: [
      ...(layerMicroseconds === undefined
        ? []
        : [["sum of the layers, each alone", decimal(layerMicroseconds)]]),
      ["one inference", decimal(total)],
    ],
    note: [
      `${decimal(gigaMacsPerSecond ?? 0)} GMAC/s.`,
      timings?.runs === undefined ? "Medians" : `Medians of ${counted(timings.runs, "run")}`,
      timings?.node === undefined ? "in Node." : `in Node ${timings.node}.`,
    ].join(" "),
  };
}

function passTable({ passes, totals }: ReportFigures): Table {
  const row = ({ name, operators, macs, weightBytes, saved }: PassFigures) => [
    name,
    ...operators.map(integer),
    ...macs.map(integer),
    percent(saved.macs),
    ...weightBytes.map(integer),
    percent(saved.weights),
  ];
  return {
    id: "passes",
    title: "What the passes saved",
    columns: [
      text("pass"),
      number("operators"),
      number("then"),
      number("MACs"),
      number("then"),
      SHARE,
      number("weights"),
      number("then"),
      SHARE,
    ],
    rows: passes.map(row),
    total: row(totals.passes),
    note: "Before the pass, then after it, and the percentage saved. Weights are bytes of constants as in the model file.",
  };
}
