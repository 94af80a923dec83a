/** Every number of a report, derived once; the text, Markdown, JSON and HTML reports all print these. */

import type { PassReport, Report, ReportLayer } from "../compile_result.ts";

/** Times of one module on one machine. */
export interface Timings {
  /** Median microseconds of each layer, in order; empty where layers could not be timed. */
  readonly layers: readonly number[];
  /** Median microseconds of one inference. */
  readonly total: number;
  readonly runs?: number;
  /** Version of Node, such as `v22.12.0`. */
  readonly node?: string;
}

/** Parts of a whole, in [0, 1], to three decimals: what a percentage with one decimal shows. */
export interface LayerShares {
  readonly macs: number;
  readonly weights: number;
  readonly ram: number;
  readonly code: number;
  readonly time?: number;
}

export interface LayerFigures extends ReportLayer {
  readonly shares: LayerShares;
  /** To two decimals; absent without timings. */
  readonly microseconds?: number;
}

/** What a pass changed; `saved` are shares of what was there before it, negative where it added. */
export interface PassFigures extends PassReport {
  readonly saved: { readonly macs: number; readonly weights: number };
}

export interface ReportFigures extends Report {
  readonly layers: readonly LayerFigures[];
  readonly shared: readonly { readonly name: string; readonly codeBytes: number; readonly share: number }[];
  readonly passes: readonly PassFigures[];
  /** Parts of the module, and of its code section. */
  readonly shares: {
    readonly code: number;
    readonly weights: number;
    readonly tables: number;
    readonly metadata: number;
    readonly layerCode: number;
    readonly otherCode: number;
  };
  readonly totals: {
    readonly weightBytes: number;
    readonly tableBytes: number;
    /** Bytes of code in layers' own functions, in shared functions, and elsewhere in the code section. */
    readonly layerCode: number;
    readonly sharedCode: number;
    readonly otherCode: number;
    /** Bytes of the arena beyond the lower bound. */
    readonly overBound: number;
    /** From the model as imported to the model as compiled. */
    readonly passes: PassFigures;
    readonly layerMicroseconds?: number;
    /** 10⁹ multiply-accumulates a second, to two decimals. */
    readonly gigaMacsPerSecond?: number;
  };
  readonly timings?: Timings;
}

/** Derives the figures. `timings.layers` may be empty or have one entry for each layer; others are left out. */
export function reportFigures(report: Report, timings?: Timings): ReportFigures {
  const { bytes, memory, macs } = report;
  const sum = (value: (layer: ReportLayer) => number): number =>
    report.layers.reduce((total, layer) => total + value(layer), 0);
  const weightBytes = sum((layer) => layer.weightBytes);
  const layerCode = sum((layer) => layer.codeBytes);
  const sharedCode = report.shared.reduce((total, { codeBytes }) => total + codeBytes, 0);
  const times = timings?.layers.length === report.layers.length ? timings.layers : [];
  const layerTime = times.reduce((total, time) => total + time, 0);

  const layers = report.layers.map((layer, position): LayerFigures => {
    const time = times[position];
    return {
      ...layer,
      shares: {
        macs: share(layer.macs, macs),
        weights: share(layer.weightBytes, weightBytes),
        ram: share(layer.ramBytes, memory.arena),
        code: share(layer.codeBytes, bytes.code),
        ...(time === undefined ? {} : { time: share(time, layerTime) }),
      },
      ...(time === undefined ? {} : { microseconds: hundredths(time) }),
    };
  });
  const otherCode = bytes.code - layerCode - sharedCode;
  return {
    ...report,
    layers,
    shared: report.shared.map((entry) => ({ ...entry, share: share(entry.codeBytes, bytes.code) })),
    passes: report.passes.map(withSavings),
    shares: {
      code: share(bytes.code, bytes.wasm),
      weights: share(bytes.weights, bytes.wasm),
      tables: share(bytes.tables, bytes.wasm),
      metadata: share(bytes.metadata, bytes.wasm),
      layerCode: share(layerCode, bytes.code),
      otherCode: share(otherCode, bytes.code),
    },
    totals: {
      weightBytes,
      tableBytes: sum((layer) => layer.tableBytes),
      layerCode,
      sharedCode,
      otherCode,
      overBound: memory.arena - memory.bound,
      passes: savings(report.passes, report),
      ...(times.length === 0 ? {} : { layerMicroseconds: hundredths(layerTime) }),
      ...(timings ? { gigaMacsPerSecond: hundredths(macs / timings.total / 1000) } : {}),
    },
    ...(timings ? { timings: { ...timings, total: hundredths(timings.total) } } : {}),
  };
}

function savings(passes: readonly PassReport[], report: Report): PassFigures {
  const operators = report.layers.length;
  const none: PassReport = {
    name: "all",
    operators: [operators, operators],
    macs: [report.macs, report.macs],
    weightBytes: [0, 0],
  };
  const first = passes[0] ?? none;
  const last = passes[passes.length - 1] ?? none;
  return withSavings({
    name: "all",
    operators: [first.operators[0], last.operators[1]],
    macs: [first.macs[0], last.macs[1]],
    weightBytes: [first.weightBytes[0], last.weightBytes[1]],
  });
}

function withSavings(pass: PassReport): PassFigures {
  const saved = ([before, after]: readonly [number, number]): number => share(before - after, before);
  return { ...pass, saved: { macs: saved(pass.macs), weights: saved(pass.weightBytes) } };
}

/** `part / whole` to three decimals; 0 where the whole is. */
function share(part: number, whole: number): number {
  return whole > 0 ? Math.round((part / whole) * 1000) / 1000 : 0;
}

function hundredths(value: number): number {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;
}
