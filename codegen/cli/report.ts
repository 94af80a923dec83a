/** `mote report`: sizes, memory and times of a model, as text, Markdown, JSON or an HTML page. */

import { Command } from "commander";
import { timeInterleaved } from "../../host/timing.ts";
import type { Report } from "../compile_result.ts";
import { executionOf } from "../count/execution.ts";
import { MoteError } from "../error.ts";
import { bytesOf } from "../graph/tensor.ts";
import { renderHtml, renderJson, renderMarkdown, renderText, type Timings } from "../report/index.ts";
import { exists, readBytes, writeWhole } from "./files.ts";
import { type LoadedModel, loadModel } from "./load_model.ts";
import { moduleSummary, summaryText } from "./module_summary.ts";
import { type BuildFlags, wholeNumber, withBuildFlags } from "./options.ts";
import type { Session } from "./program.ts";
import { randomNumbers, randomValues } from "./random_inputs.ts";
import { type Terminal, withProgress } from "./terminal.ts";

interface ReportFlags extends BuildFlags {
  readonly md?: boolean;
  readonly html?: string;
  readonly json?: boolean;
  readonly time?: boolean;
  readonly count?: boolean;
  readonly mhz?: number;
}

export function reportCommand(session: Session): Command {
  const command = new Command("report")
    .summary("show sizes, memory and times")
    .description(
      "Says what a model costs: bytes, memory, multiply-accumulates, a row for each layer. For a built .wasm " +
        "the layers come from the NAME.report.json beside it.",
    )
    .argument("<model>", "a .tflite or .onnx file or a .wasm that mote built")
    .option("--md", "print Markdown")
    .option("--html <file>", "write a page that works without network")
    .option("--json", "print JSON")
    .option("--time", "measure each layer and the whole in this Node (layers: of model files only)")
    .option(
      "--count",
      "count the instructions that an inference executes, and certify the module (of model files)",
    )
    .option("--mhz <n>", "with --count: milliseconds at this clock", wholeNumber(1, 100_000))
    .addHelpText(
      "after",
      "\nExample:\n  mote report kws.tflite --target wasm3 --count --mhz 64\n  mote report kws.tflite --target node --time --html kws.html",
    );
  return withBuildFlags(command).action((path: string, flags: ReportFlags) => report(session, path, flags));
}

async function report({ terminal }: Session, path: string, flags: ReportFlags): Promise<void> {
  if (flags.md && flags.json)
    throw new MoteError("bad-option", "mote", "--md and --json exclude each other. Give one.");
  if (flags.mhz !== undefined && !flags.count)
    throw new MoteError("bad-option", "mote", "--mhz is the clock of what --count counts. Add --count.");
  const model = await loadModel(terminal, path, flags);
  const found = flags.count
    ? counted(model, flags.mhz)
    : (model.compiled?.report ?? (await reportBeside(model)));
  const timings = flags.time
    ? await withProgress(terminal, "timing", () => measure(terminal, model, flags))
    : undefined;
  if (!found) {
    if (flags.md || flags.html !== undefined) {
      const where = `${model.instance.manifest.name}.report.json`;
      throw new MoteError(
        "bad-input",
        model.file,
        `--md and --html need ${where} beside it. Build the model again, or give the model file.`,
      );
    }
    const summary = moduleSummary(model);
    terminal.out(
      flags.json
        ? `${JSON.stringify({ ...summary, ...(timings ? { timings } : {}) }, null, 2)}\n`
        : `${summaryText(summary)}\n`,
    );
    return;
  }
  if (flags.html !== undefined) {
    await writeWhole(flags.html, renderHtml(found, timings));
    if (!flags.md && !flags.json) {
      terminal.out(`${flags.html}\n`);
      return;
    }
  }
  const render = flags.json ? renderJson : flags.md ? renderMarkdown : renderText;
  terminal.out(`${render(found, timings).trimEnd()}\n`);
}

/** The report of a build with the instructions of one inference on random inputs. */
function counted({ compiled, file }: LoadedModel, mhz: number | undefined): Report {
  if (!compiled) {
    throw new MoteError("bad-input", file, "has no names of functions to count by. Give the model file.");
  }
  const random = randomNumbers(1);
  const write = (memory: Uint8Array) => {
    for (const tensor of compiled.manifest.inputs) {
      memory.set(bytesOf(randomValues(tensor, random)), tensor.address);
    }
  };
  return {
    ...compiled.report,
    execution: executionOf(compiled, { write, ...(mhz === undefined ? {} : { mhz }) }),
  };
}

/** Median microseconds of each layer, in a build that can run them one by one, and of the whole. */
async function measure(terminal: Terminal, model: LoadedModel, flags: ReportFlags): Promise<Timings> {
  const { instance } = model;
  const profiled = model.compiled
    ? (await loadModel(terminal, model.path, flags, { profile: true })).instance
    : instance;
  const random = randomNumbers(1);
  for (const { manifest, write } of new Set([instance, profiled])) {
    manifest.inputs.forEach((tensor, index) => {
      write(index, randomValues(tensor, random));
    });
  }
  const { invokeLayer } = profiled;
  const count = invokeLayer ? (model.compiled?.report.layers.length ?? 0) : 0;
  const layers = Array.from({ length: count }, (_, index) => () => invokeLayer?.(index));
  const [total, ...each] = timeInterleaved([() => instance.invoke(), ...layers], { runs: 15, warmUp: 30 });
  return {
    total: total?.median ?? 0,
    layers: each.map(({ median }) => median),
    runs: total?.runs ?? 0,
    node: process.version,
  };
}

/** The report that `mote build` wrote beside a module; undefined where there is none of the same size. */
async function reportBeside(model: LoadedModel): Promise<Report | undefined> {
  const path = model.path.replace(/\.wasm$/i, ".report.json");
  if (path === model.path || !(await exists(path))) return undefined;
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(await readBytes(path)));
    return isReport(found) && found.bytes.wasm === model.wasm.length ? found : undefined;
  } catch {
    return undefined;
  }
}

function isReport(value: unknown): value is Report {
  return (
    typeof value === "object" &&
    value !== null &&
    "bytes" in value &&
    typeof value.bytes === "object" &&
    "memory" in value &&
    "layers" in value &&
    Array.isArray(value.layers) &&
    "passes" in value &&
    Array.isArray(value.passes)
  );
}
