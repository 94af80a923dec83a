/** `mote build`: compiles a model file and writes its package, or its readable source. */

import { basename } from "node:path";
import { Command, Option } from "commander";
import type { CompileOptions, CompileResult } from "../compile_result.ts";
import { MoteError } from "../error.ts";
import { firmwareFiles } from "../package/firmware/firmware_files.ts";
import { PLATFORMS, type Platform } from "../package/firmware/platforms.ts";
import { runtimeFor } from "../package/firmware/runtimes.ts";
import { moduleNames, packageFiles, reportedBuild } from "../package/package_files.ts";
import { type Files, writePackage } from "../package/write.ts";
import { SIMD_LEVELS, targetNamed } from "../plan/target.ts";
import { counted, integer } from "../report/format.ts";
import { sourceFiles } from "./emit_source.ts";
import { externalDataBeside } from "./external_data.ts";
import { readBytes } from "./files.ts";
import { firmwareGolden } from "./firmware.ts";
import { compileFile, isWasm } from "./load_model.ts";
import { type BuildFlags, compileOptions, list, withBuildFlags } from "./options.ts";
import type { Session } from "./program.ts";
import { tableLines } from "./table.ts";
import { type Terminal, withProgress } from "./terminal.ts";

interface BuildCommandFlags extends BuildFlags {
  readonly output?: string;
  readonly strip?: boolean;
  readonly profile?: boolean;
  readonly emit?: "as";
  readonly firmware?: Platform;
  readonly json?: boolean;
}

export function buildCommand(session: Session): Command {
  const command = new Command("build")
    .summary("compile a model file")
    .description(
      "Compiles a model file and writes NAME.wasm, NAME.js, NAME.d.ts, NAME.h and NAME.report.{html,json,md} " +
        "into a folder; for web and node also NAME.simd.wasm and NAME.relaxed.wasm, of which NAME.js loads the one " +
        "that is right for the machine. Nothing is written unless everything is.",
    )
    .argument("<model>", "a .tflite or .onnx file")
    .option("-o, --output <folder>", "where to write (default: a folder of the model's name)")
    .option("--name <name>", "name of the files and of the C symbols (default: the file's)");
  withBuildFlags(command, "list of relaxed, 128, none (default for web and node: all three)")
    .option("--strip", "leave out the manifest; the module then needs its .js, .h or .d.ts to be understood")
    .option("--profile", "export invoke_layer, which runs one layer")
    .option("--no-floats", "refuse a model that computes with floats, as a runtime built without them would")
    .option("--byte-pages", "exactly as much linear memory as is used, in pages of one byte (wasmi)")
    .option(
      "--flash-weights",
      "keep weights in the module's bytes, from which layers copy what they need by memory.init (default for wamr and wasmi; wasm2c, and wasm3 newer than 0.5.0, can)",
    )
    .option("--no-flash-weights", "keep weights in memory, where the target has a choice")
    .addOption(
      new Option("--emit <what>", "write readable AssemblyScript instead of the package").choices(["as"]),
    )
    .addOption(
      new Option(
        "--firmware <platform>",
        "write a firmware that builds as it is: the module, mote.h, an example and a self test (default target: wasm3)",
      )
        .choices(PLATFORMS)
        .conflicts("emit"),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample:\n  mote build kws.tflite -o kws --target node --optimize speed\n  mote build kws.tflite -o kws_firmware --firmware cmake",
    );
  return command.action((path: string, flags: BuildCommandFlags) => build(session, path, flags));
}

async function build({ terminal }: Session, path: string, flags: BuildCommandFlags): Promise<void> {
  const builds = buildOptions(flags);
  if (flags.output === "") {
    throw new MoteError("bad-option", "mote", "--output is empty. Give a folder, such as . for this one.");
  }
  if (flags.emit === "as" && flags.bytePages) {
    throw new MoteError("bad-option", "mote", "--emit as shows whole pages. Leave out --byte-pages.");
  }
  const file = basename(path);
  const model = await readBytes(path);
  if (isWasm(model)) {
    throw new MoteError(
      "bad-input",
      file,
      "is a WebAssembly module already. Give the model file, a .tflite or .onnx.",
    );
  }
  const strip = flags.strip ?? false;
  const profile = flags.profile ?? false;
  const externalData = externalDataBeside(path);
  const results: CompileResult[] = [];
  for (const options of builds) {
    results.push(await compileFile(terminal, model, { ...options, file, externalData, strip, profile }));
  }
  const result = reportedBuild(results);
  const { name, target, simd, optimize } = result.manifest;
  const folder = flags.output ?? name;
  const files = await filesOf(terminal, results, flags, {
    model,
    options: { ...builds[0], file, externalData },
  });
  writePackage(folder, files);

  const { bytes, memory, macs, layers } = result.report;
  if (flags.json) {
    const shown = {
      name,
      folder,
      files: Object.keys(files),
      target,
      simd,
      optimize,
      bytes,
      memory: { ...memory, blocks: undefined },
      macs,
      builds: moduleNames(results).map((module, index) => {
        const { simd, bytes, memory } = results[index]?.report ?? result.report;
        return { file: module, simd, wasm: bytes.wasm, arena: memory.arena, total: memory.total };
      }),
    };
    terminal.out(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  const { bold } = terminal.colors;
  const rows = Object.entries(files).map(([filePath, content]) => [
    `  ${filePath}`,
    integer(typeof content === "string" ? new TextEncoder().encode(content).length : content.length),
  ]);
  terminal.out(
    `${bold(folder)}: ${layers.length} layers, ${integer(macs)} MACs, target ${target}, --optimize ${optimize}\n` +
      `${tableLines(rows, [1]).join("\n")}\n` +
      moduleNames(results)
        .map((module, index) => moduleLine(results[index] ?? result, results.length > 1 ? `${module}: ` : ""))
        .join(""),
  );
}

function moduleLine({ report: { bytes, memory } }: CompileResult, label: string): string {
  return (
    `${label}${integer(bytes.wasm)} bytes of wasm (code ${integer(bytes.code)}, weights ${integer(bytes.weights)}, tables ${integer(bytes.tables)}), ` +
    `arena ${integer(memory.arena)} bytes (no layout takes less than ${integer(memory.bound)}), memory ${counted(memory.pages, "page")}\n`
  );
}

/** The options of each build that is asked for, the fastest first; readable source and firmwares are of one. */
function buildOptions(flags: BuildCommandFlags): CompileOptions[] {
  if (flags.firmware) {
    const options = compileOptions({ target: "wasm3", ...flags });
    runtimeFor(options.target ?? "", options.flashWeights);
    return [options];
  }
  const { simd, ...others } = flags;
  const { simdLevels } = targetNamed(flags.target ?? "portable");
  const asked = simd === undefined ? simdLevels.slice(0, flags.emit ? 1 : undefined) : list(simd);
  const builds = asked.map((level) => compileOptions({ ...others, simd: level }));
  const sorted = SIMD_LEVELS.flatMap((level) => builds.find((build) => build.simd === level) ?? []);
  if (flags.emit !== undefined && sorted.length > 1) {
    throw new MoteError(
      "bad-option",
      "mote",
      `--emit writes the source of one build, found --simd ${simd}. Choose one.`,
    );
  }
  return sorted;
}

/** What the flags ask for: the package, a firmware, or readable source. */
async function filesOf(
  terminal: Terminal,
  results: readonly CompileResult[],
  { emit, firmware, strip = false, profile = false, maxRam }: BuildCommandFlags,
  {
    model,
    options,
  }: { readonly model: Uint8Array; readonly options: CompileOptions & { readonly file: string } },
): Promise<Files> {
  const result = reportedBuild(results);
  if (emit === "as") {
    const wat = await moduleText(result);
    return sourceFiles(result, {
      file: options.file,
      model,
      strip,
      profile,
      wat,
      ...(maxRam === undefined ? {} : { maxRam }),
    });
  }
  if (!firmware) return packageFiles(results);
  const golden = await withProgress(terminal, "evaluating the reference", async () =>
    firmwareGolden(model, options, result.manifest),
  );
  return firmwareFiles(result, firmware, golden);
}

/** The `.wat` of a build, from the validator, which comes with the compiler and is loaded only when it is needed. */
async function moduleText({ wasm, manifest }: CompileResult): Promise<string> {
  const { textOf } = await import("../build/validate.ts");
  return textOf(wasm, targetNamed(manifest.target, manifest));
}
