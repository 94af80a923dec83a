/** `mote verify`: compares a model's outputs with goldens, or with the reference, bit for bit. */

import { Command, Option } from "commander";
import { MoteError } from "../error.ts";
import { evaluateGraph, initialState, type NetworkState } from "../graph/evaluate.ts";
import { elementCount, type Values } from "../graph/tensor.ts";
import { importModel } from "../import/index.ts";
import { counted } from "../report/format.ts";
import { externalDataBeside } from "./external_data.ts";
import { differencesOf, type Goldens, readGoldens } from "./goldens.ts";
import { type LoadedModel, loadModel } from "./load_model.ts";
import { type BuildFlags, wholeNumber, withBuildFlags } from "./options.ts";
import { REFUSED, type Session } from "./program.ts";
import { randomNumbers, randomValues } from "./random_inputs.ts";
import { withProgress } from "./terminal.ts";

interface VerifyFlags extends BuildFlags {
  readonly against?: "reference";
  readonly samples: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** The first value that is not as expected. */
interface Difference {
  readonly sample: number;
  readonly sequence: boolean;
  readonly output: number;
  readonly name: string;
  readonly element: number;
  /** Position of the element in the tensor's shape. */
  readonly position: readonly number[];
  readonly expected: number;
  readonly found: number;
  /** Differing elements of this tensor in this sample. */
  readonly differing: number;
  readonly of: number;
}

export function verifyCommand(session: Session): Command {
  const command = new Command("verify")
    .summary("compare a model's outputs with goldens")
    .description(
      "Runs golden inputs and compares the outputs bit for bit. Exit code 1 on the first difference.\n\n" +
        "Goldens are a folder with input0.npy … and output0.npy …, or a conformance case: a folder with case.json, " +
        "or one listed in index.json beside it; where a case gives the lsb of an output, its values may be that far off, " +
        "as those of .onnx models are from onnxruntime's floats. --against reference runs random inputs and compares with Mote's own " +
        "reference, which is slow and plain.",
    )
    .argument("<model>", "a .tflite or .onnx file or a .wasm that mote built")
    .argument("[goldens]", "folder with golden inputs and outputs")
    .addOption(
      new Option("--against <what>", "compare with the reference on random inputs").choices(["reference"]),
    )
    .option("--samples <n>", "random inputs to try", wholeNumber(1, 1_000_000), 8)
    .option("--seed <n>", "seed of the random inputs", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mote verify digits.tflite models/digits --target node");
  return withBuildFlags(command).action((path: string, folder: string | undefined, flags: VerifyFlags) =>
    verify(session, path, folder, flags),
  );
}

async function verify(
  session: Session,
  path: string,
  folder: string | undefined,
  flags: VerifyFlags,
): Promise<void> {
  const { terminal } = session;
  if ((folder === undefined) === (flags.against === undefined)) {
    throw new MoteError(
      "bad-option",
      "mote",
      "verify needs a folder of goldens or --against reference, one of them.",
    );
  }
  const model = await loadModel(terminal, path, flags);
  const goldens =
    folder === undefined
      ? await referenceGoldens(session, model, flags)
      : await readGoldens(folder, model.instance.manifest);
  const { difference, near } = await withProgress(terminal, `verifying ${model.file}`, async () =>
    compare(model, goldens),
  );
  const { inputs, runs, steps = [] } = goldens;
  const outputs = model.instance.manifest.outputs.length;
  if (difference) session.exitCode = REFUSED;
  if (flags.json) {
    const shown = {
      model: model.file,
      exact: !difference && near === 0,
      near,
      samples: inputs.length,
      outputs,
      ...(difference ? { difference } : {}),
    };
    terminal.out(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  if (!difference) {
    const sequences = runs.some(({ sequence }) => sequence) ? ", one by one and in sequence" : "";
    const what = `${counted(inputs.length, "sample")} × ${counted(outputs, "output")}${sequences}`;
    const close = steps.some((step) => step !== undefined)
      ? `within one step, ${near} values not equal`
      : "exact";
    terminal.out(`${model.file}: ${terminal.colors.green(close)} (${what})\n`);
    return;
  }
  terminal.out(`${model.file}: ${terminal.colors.red("differs")} ${differenceText(difference)}\n`);
}

function differenceText(difference: Difference): string {
  const { output, name, sample, sequence, element, position, expected, found, differing, of } = difference;
  const place = `sample ${sample}${sequence ? " of the sequence" : ""}, element ${element} at [${position.join(", ")}]`;
  return `at output ${output} ("${name}"), ${place}: expected ${expected}, found ${found}; ${differing} of ${of} elements of this tensor differ.`;
}

interface Comparison {
  readonly difference?: Difference;
  /** Values that are not the golden ones, but no more than a step from them where that is allowed. */
  readonly near: number;
}

function compare({ instance }: LoadedModel, { inputs, runs, steps = [] }: Goldens): Comparison {
  const tensors = instance.manifest.outputs;
  let near = 0;
  for (const { sequence, outputs } of runs) {
    instance.reset();
    for (const [sample, values] of inputs.entries()) {
      if (!sequence) instance.reset();
      const found = instance.run(values);
      for (const [output, tensor] of tensors.entries()) {
        const [a, b] = [found[output], outputs[sample]?.[output]];
        if (!a || !b) continue;
        const counted = differencesOf(a, b, steps[output]);
        near += counted.near;
        if (counted.differing === 0) continue;
        const { first: element, differing } = counted;
        const position = positionOf(element, tensor.shape);
        const [expected, given] = [Number(b[element]), Number(a[element])];
        const place = { sample, sequence, output, name: tensor.name, element, position };
        return { near, difference: { ...place, expected, found: given, differing, of: a.length } };
      }
    }
  }
  return { near };
}

function positionOf(element: number, shape: readonly number[]): number[] {
  return shape.map((size, axis) => Math.floor(element / elementCount(shape.slice(axis + 1))) % size);
}

/** Outputs of the reference on random inputs. */
async function referenceGoldens(session: Session, model: LoadedModel, flags: VerifyFlags): Promise<Goldens> {
  const { model: bytes, file } = model;
  if (!bytes) {
    throw new MoteError(
      "bad-option",
      "mote",
      `--against reference needs the model file, and ${file} is built already.`,
    );
  }
  const graph = importModel(bytes, {
    file,
    externalData: externalDataBeside(model.path),
    ...(flags.shape ? { shapes: flags.shape } : {}),
    stateful: flags.stateful ?? false,
  });
  const random = randomNumbers(flags.seed);
  const { inputs: tensors } = model.instance.manifest;
  const inputs = Array.from({ length: flags.samples }, () =>
    tensors.map((tensor) => randomValues(tensor, random)),
  );
  const evaluate = (state?: NetworkState): Promise<Values[][]> =>
    withProgress(session.terminal, "evaluating the reference", async (progress) =>
      inputs.map((values, index) => {
        progress.update(`evaluating the reference, sample ${index + 1} of ${inputs.length}`);
        return evaluateGraph(graph, values, state);
      }),
    );
  const runs = [{ sequence: false, outputs: await evaluate() }];
  const state = initialState(graph);
  if (state.size > 0) runs.push({ sequence: true, outputs: await evaluate(state) });
  return { inputs, runs };
}
