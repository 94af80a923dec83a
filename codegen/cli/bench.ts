/** `mote bench`: times builds of a model against each other in Node. */

import { basename } from "node:path";
import { Command } from "commander";
import { type Timing, timeInterleaved } from "../../host/timing.ts";
import { executionOf } from "../count/execution.ts";
import { MoteError } from "../error.ts";
import { mayHaveSimd, TARGET_NAMES } from "../plan/target.ts";
import { counted, integer } from "../report/format.ts";
import { type LoadedModel, loadModel } from "./load_model.ts";
import { type BuildFlags, compileOptions, list, wholeNumber } from "./options.ts";
import type { Session } from "./program.ts";
import { randomNumbers, randomValues } from "./random_inputs.ts";
import { tableLines } from "./table.ts";
import { withProgress } from "./terminal.ts";

/** What a build's label says of its SIMD level. */
const SIMD_LABELS: Readonly<Record<string, string>> = { "128": " simd128", relaxed: " relaxed simd" };

interface BenchFlags {
  readonly target?: string[];
  readonly simd?: string[];
  readonly optimize?: string[];
  readonly runs: number;
  readonly seed: number;
  readonly count?: boolean;
  readonly json?: boolean;
}

interface Contender {
  readonly label: string;
  readonly model: LoadedModel;
}

export function benchCommand(session: Session): Command {
  return new Command("bench")
    .summary("time builds against each other")
    .description(
      "Times models and builds in Node, in turn, so that a slow stretch of the machine hits all of them. " +
        "Lists of --target, --simd and --optimize build every model file once for each combination. " +
        "The ratio is to the first line: below 1 is faster.",
    )
    .argument("<models...>", ".tflite or .onnx files, or .wasm files that mote built")
    .option("--target <targets>", `list of ${TARGET_NAMES}`, list)
    .option("--simd <levels>", "list of relaxed, 128, none", list)
    .option("--optimize <goals>", "list of size, balanced, speed", list)
    .option("--runs <n>", "batches for each build", wholeNumber(1, 100_000), 30)
    .option("--seed <n>", "seed of the random inputs", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--count", "count the instructions that each build executes, too (of model files)")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mote bench kws.tflite --target node,portable --optimize size,speed")
    .action((paths: string[], flags: BenchFlags) => bench(session, paths, flags));
}

async function bench({ terminal }: Session, paths: readonly string[], flags: BenchFlags): Promise<void> {
  const builds = combinations(flags);
  const contenders: Contender[] = [];
  for (const path of paths) {
    if (path.toLowerCase().endsWith(".wasm")) {
      contenders.push({ label: basename(path), model: await loadModel(terminal, path) });
      continue;
    }
    for (const build of builds) {
      const model = await loadModel(terminal, path, build);
      const { target, simd, optimize } = model.instance.manifest;
      const label = `${basename(path)} ${target}${SIMD_LABELS[simd] ?? ""} ${optimize}`;
      contenders.push({ label: model.compiled ? label : basename(path), model });
    }
  }
  for (const { model } of contenders) fillInputs(model, flags.seed);
  const timings = await withProgress(terminal, `timing ${counted(contenders.length, "build")}`, async () =>
    timeInterleaved(
      contenders.map(
        ({ model }) =>
          () =>
            model.instance.invoke(),
      ),
      { runs: flags.runs },
    ),
  );
  const first = timings[0]?.median ?? 1;
  const rows = contenders.map(({ label, model }, index) => {
    const timing: Timing = timings[index] ?? { median: 0, low: 0, high: 0, runs: 0 };
    const executed = flags.count && model.compiled ? executionOf(model.compiled).total : undefined;
    return {
      label,
      bytes: model.wasm.length,
      ...timing,
      ratio: timing.median / first,
      ...(executed === undefined ? {} : { executed }),
    };
  });
  if (flags.json) {
    terminal.out(`${JSON.stringify({ unit: "microseconds", runs: flags.runs, builds: rows }, null, 2)}\n`);
    return;
  }
  const cells = rows.map((row) => [
    row.label,
    integer(row.bytes),
    microseconds(row.median),
    `${microseconds(row.low)} to ${microseconds(row.high)}`,
    row.ratio.toFixed(2),
    ...(flags.count ? [row.executed === undefined ? "" : integer(row.executed)] : []),
  ]);
  const head = [
    "build",
    "bytes",
    "median µs",
    "middle half",
    "ratio",
    ...(flags.count ? ["instructions"] : []),
  ];
  const lines = tableLines([head, ...cells], [1, 2, 3, 4, 5]);
  terminal.out(`${lines.join("\n")}\n`);
}

/** Inputs are written once: their bytes are undefined after a run, but the kernels' time does not depend on them. */
function fillInputs({ instance }: LoadedModel, seed: number): void {
  const random = randomNumbers(seed);
  instance.manifest.inputs.forEach((tensor, index) => {
    instance.write(index, randomValues(tensor, random));
  });
}

/** Every combination of the lists; of several, those that no target has are left out. */
function combinations(flags: BenchFlags): BuildFlags[] {
  const orNone = (words: string[] | undefined): (string | undefined)[] => words ?? [undefined];
  const all = orNone(flags.target).flatMap((target) =>
    orNone(flags.simd).flatMap((simd) =>
      orNone(flags.optimize).map((optimize) => ({
        ...(target === undefined ? {} : { target }),
        ...(simd === undefined ? {} : { simd }),
        ...(optimize === undefined ? {} : { optimize }),
      })),
    ),
  );
  const possible = all.filter(({ target = "portable", simd }) => mayHaveSimd(target, simd));
  if (possible.length === 0) {
    throw new MoteError(
      "bad-option",
      "mote",
      "no target given has this SIMD level. Add --target web or node.",
    );
  }
  for (const build of possible) compileOptions(build);
  return possible;
}

function microseconds(value: number): string {
  return value >= 100 ? integer(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2);
}
