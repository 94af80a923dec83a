/** `mote run`: runs a model on input files and says what it answers. */

import { basename } from "node:path";
import { Command, Option } from "commander";
import { dequantize } from "../../host/quantize.ts";
import type { ManifestTensor } from "../compile_result.ts";
import { MoteError } from "../error.ts";
import { bytesOf, type Values, valuesOf } from "../graph/tensor.ts";
import { classLines, isScores, tensorLines, topClasses } from "./classes.ts";
import { readBytes, writeWhole } from "./files.ts";
import { PIXEL_RANGES, type PixelRange } from "./inputs/image.ts";
import { INPUT_FORMATS, readSamples } from "./inputs/index.ts";
import { writeNpy } from "./inputs/npy.ts";
import { type LoadedModel, loadModel } from "./load_model.ts";
import { type BuildFlags, withBuildFlags } from "./options.ts";
import type { Session } from "./program.ts";

interface RunFlags extends BuildFlags {
  readonly labels?: string;
  readonly output?: string;
  readonly real?: boolean;
  readonly pixels: PixelRange;
  readonly json?: boolean;
}

interface Sample {
  readonly title: string;
  /** Whether it starts from the initial state, in a model that has some. */
  readonly anew: boolean;
  readonly inputs: readonly Values[];
}

export function runCommand(session: Session): Command {
  const command = new Command("run")
    .summary("run a model on input files")
    .description(
      `Runs a model file or a built .wasm on input files (${INPUT_FORMATS}).\n\n` +
        "One file for each of the model's inputs, in their order; a model with one input takes any number of files. " +
        "Integer .npy and .bin files hold the input's own (quantized) values; float .npy and .json hold real values. " +
        "Images must have the input's height and width (nothing is resized) and are converted to its channels; " +
        ".wav files hold audio that is already the model's input.\n\n" +
        "A model with state starts each file from its initial state; the samples of one file follow each other.",
    )
    .argument("<model>", "a .tflite or .onnx file or a .wasm that mote built")
    .argument("<inputs...>", "input files")
    .option("--labels <file>", "class names, one a line")
    .addOption(
      new Option("--pixels <range>", "what pixels 0 to 255 become; raw: the input's own values")
        .choices(PIXEL_RANGES)
        .default("0..1"),
    )
    .option("--output <file>", "write the outputs as .npy (several outputs: file_0.npy, file_1.npy, …)")
    .option("--real", "write real values (float32) to --output instead of quantized ones")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mote run digits.tflite digit_3.png --labels labels.txt");
  return withBuildFlags(command).action((path: string, files: string[], flags: RunFlags) =>
    run(session, path, files, flags),
  );
}

async function run(session: Session, path: string, files: readonly string[], flags: RunFlags): Promise<void> {
  const { terminal } = session;
  if (flags.real && flags.output === undefined) {
    throw new MoteError("bad-option", "mote", "--real is about the file of --output. Give --output too.");
  }
  if (flags.output !== undefined && !flags.output.toLowerCase().endsWith(".npy")) {
    throw new MoteError(
      "bad-option",
      "mote",
      `--output writes .npy, found "${flags.output}". Choose a name that ends in .npy.`,
    );
  }
  const labels = flags.labels === undefined ? undefined : await readLabels(flags.labels);
  const model = await loadModel(terminal, path, flags);
  const { manifest } = model.instance;
  checkLabels(labels, manifest.outputs, flags.labels ?? "");

  const samples = await readAll(model, files, flags.pixels);
  const answers = samples.map(({ inputs, anew }) => {
    if (anew) model.instance.reset();
    return model.instance.run(inputs);
  });

  if (flags.output !== undefined)
    await writeOutputs(flags.output, manifest.outputs, answers, flags.real ?? false);
  const scored = (tensor: ManifestTensor): boolean =>
    labels ? labels.length === (tensor.shape.at(-1) ?? 0) : isScores(tensor);

  if (flags.json) {
    const shown = samples.map(({ title }, index) => ({
      input: title,
      outputs: manifest.outputs.map((tensor, output) =>
        jsonOutput(tensor, answers[index]?.[output], scored(tensor), labels),
      ),
    }));
    terminal.out(`${JSON.stringify({ model: manifest.name, samples: shown }, null, 2)}\n`);
    return;
  }
  samples.forEach(({ title }, index) => {
    terminal.out(`${title}\n`);
    manifest.outputs.forEach((tensor, output) => {
      const values = answers[index]?.[output];
      if (!values) return;
      const lines = scored(tensor)
        ? classLines(topClasses(values, tensor, labels), terminal.colors)
        : tensorLines(values, tensor);
      terminal.out(`${lines.join("\n")}\n`);
    });
  });
}

function jsonOutput(
  tensor: ManifestTensor,
  values: Values | undefined,
  scored: boolean,
  labels: readonly string[] | undefined,
): object {
  if (!values) return {};
  const { name, shape, dtype, scale, zeroPoint } = tensor;
  return {
    name,
    shape,
    dtype,
    ...(scale === undefined ? {} : { scale, zeroPoint }),
    values: Array.from(values, Number),
    ...(scale === undefined ? {} : { real: Array.from(dequantize(values, tensor)) }),
    ...(scored ? { classes: topClasses(values, tensor, labels) } : {}),
  };
}

/** One input: every file is a sample (or several). More inputs: a file each. */
async function readAll(model: LoadedModel, files: readonly string[], pixels: PixelRange): Promise<Sample[]> {
  const { inputs } = model.instance.manifest;
  const [only] = inputs;
  const samples: Sample[] = [];
  if (only && inputs.length === 1) {
    for (const path of files) {
      const found = await readSamples(path, only, { pixels });
      const title = (index: number): string =>
        found.length > 1 ? `${basename(path)} [${index}]` : basename(path);
      found.forEach((values, index) => {
        samples.push({ title: title(index), anew: index === 0, inputs: [values] });
      });
    }
    return samples;
  }
  if (files.length !== inputs.length) {
    throw new MoteError(
      "bad-input",
      model.file,
      `takes ${inputs.length} inputs (${inputs.map(({ name }) => name).join(", ")}), found ${files.length} files. Give one for each, in this order.`,
    );
  }
  const columns = await Promise.all(
    inputs.map((tensor, index) => readSamples(files[index] ?? "", tensor, { pixels })),
  );
  const counts = columns.map((column) => column.length);
  if (new Set(counts).size > 1) {
    throw new MoteError(
      "bad-input",
      model.file,
      `its inputs must hold equally many samples, found ${counts.join(", ")}.`,
    );
  }
  const title = files.map((path) => basename(path)).join(", ");
  for (let index = 0; index < (counts[0] ?? 0); index++) {
    const row = columns.map((column) => column[index]).filter((values) => values !== undefined);
    samples.push({
      title: counts[0] === 1 ? title : `${title} [${index}]`,
      anew: index === 0,
      inputs: row,
    });
  }
  return samples;
}

async function readLabels(path: string): Promise<string[]> {
  const text = new TextDecoder().decode(await readBytes(path));
  return text.replace(/\r?\n$/, "").split(/\r?\n/);
}

function checkLabels(
  labels: readonly string[] | undefined,
  outputs: readonly ManifestTensor[],
  path: string,
): void {
  if (!labels || outputs.some(({ shape }) => shape.at(-1) === labels.length)) return;
  const sizes = outputs.map(({ shape }) => shape.at(-1) ?? 1).join(", ");
  throw new MoteError(
    "bad-input",
    path,
    `expected one label a line for an output of ${sizes} classes, found ${labels.length} lines.`,
  );
}

/** Writes each output with its samples along the first dimension. */
async function writeOutputs(
  path: string,
  outputs: readonly ManifestTensor[],
  answers: readonly (readonly Values[])[],
  real: boolean,
): Promise<void> {
  for (const [index, tensor] of outputs.entries()) {
    const columns = answers.map((answer) => answer[index]).filter((values) => values !== undefined);
    const shown = columns.map((values) => (real ? dequantize(values, tensor) : values));
    const dtype = real ? "float32" : tensor.dtype;
    const all = valuesOf(dtype, Buffer.concat(shown.map(bytesOf)));
    const [first = 1, ...rest] = tensor.shape;
    const shape = answers.length === 1 ? tensor.shape : [first * answers.length, ...rest];
    const name = outputs.length === 1 ? path : path.replace(/\.npy$/i, `_${index}.npy`);
    await writeWhole(name, writeNpy(dtype, shape, all));
  }
}
