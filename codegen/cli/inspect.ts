/** `mote inspect`: shows a model's graph as a table, before and after the passes. */

import { basename } from "node:path";
import { Command } from "commander";
import { MoteError } from "../error.ts";
import { type Graph, layerOf, type Operator, tensorAt } from "../graph/graph.ts";
import { dimensions, type Tensor, tensorBytes } from "../graph/tensor.ts";
import { importModel } from "../import/index.ts";
import { descriptorOf } from "../ops/index.ts";
import { runPasses } from "../passes/index.ts";
import { needsFloats } from "../plan/floats.ts";
import { statesOf } from "../plan/storage.ts";
import { counted, integer, shortName } from "../report/format.ts";
import { externalDataBeside } from "./external_data.ts";
import { readBytes } from "./files.ts";
import { isWasm } from "./load_model.ts";
import { type BuildFlags, shapeOption } from "./options.ts";
import type { Session } from "./program.ts";
import { tableLines } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface InspectFlags extends Pick<BuildFlags, "shape"> {
  readonly json?: boolean;
}

interface Row {
  readonly index: number;
  readonly operator: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly floats: boolean;
  readonly macs: number;
  readonly constantBytes: number;
}

export function inspectCommand(session: Session): Command {
  return new Command("inspect")
    .summary("show a model's graph")
    .description("Shows the graph of a model file as a table, as the file has it and as the passes leave it.")
    .argument("<model>", "a .tflite or .onnx file")
    .addOption(shapeOption())
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  mote inspect kws.tflite")
    .action((path: string, flags: InspectFlags) => inspect(session.terminal, path, flags));
}

async function inspect(terminal: Terminal, path: string, flags: InspectFlags): Promise<void> {
  const file = basename(path);
  const bytes = await readBytes(path);
  if (isWasm(bytes)) {
    throw new MoteError(
      "bad-input",
      file,
      "is built already and has no graph. Give the model file, or use mote report.",
    );
  }
  const before = importModel(bytes, {
    file,
    externalData: externalDataBeside(path),
    ...(flags.shape ? { shapes: flags.shape } : {}),
  });
  const after = runPasses(before, { skip: [] }).graph;
  if (flags.json) {
    const shown = { name: before.name, file, before: graphData(before), after: graphData(after) };
    terminal.out(`${JSON.stringify(shown, null, 2)}\n`);
    return;
  }
  const { bold } = terminal.colors;
  terminal.out(
    `${bold(`${file}, as it is`)}\n${graphText(before)}\n\n${bold("After the passes")}\n${graphText(after)}\n`,
  );
}

function graphData(graph: Graph): object {
  return {
    inputs: ports(graph, graph.inputs),
    outputs: ports(graph, graph.outputs),
    state: ports(graph, statesOf(graph)),
    operators: rowsOf(graph),
  };
}

function ports(graph: Graph, ids: readonly number[]): object[] {
  return ids.map((id) => {
    const { name, shape, dtype, quantization } = tensorAt(graph, id);
    return { name, shape, dtype, ...(quantization ? { quantization } : {}) };
  });
}

function rowsOf(graph: Graph): Row[] {
  return graph.operators.map((operator) => rowOf(graph, operator));
}

function rowOf(graph: Graph, operator: Operator): Row {
  const layer = layerOf(graph, operator);
  const present = layer.inputs.filter((tensor) => tensor !== undefined);
  return {
    index: operator.index,
    operator: operator.spelling,
    name: operator.name,
    inputs: present.filter(({ data }) => !data).map(tensorText),
    outputs: layer.outputs.map(tensorText),
    floats: needsFloats(layer),
    macs: descriptorOf(operator).macs?.(layer) ?? 0,
    constantBytes: present.reduce((sum, tensor) => sum + (tensor.data ? tensorBytes(tensor) : 0), 0),
  };
}

function tensorText(tensor: Tensor): string {
  return `${tensor.dtype} ${dimensions(tensor.shape)}`;
}

function graphText(graph: Graph): string {
  const rows = rowsOf(graph);
  const sum = (of: (row: Row) => number): string => integer(rows.reduce((total, row) => total + of(row), 0));
  const cells = rows.map((row) => [
    String(row.index),
    row.floats ? `${row.operator} (floats)` : row.operator,
    row.inputs.join(", "),
    row.outputs.join(", "),
    integer(row.macs),
    integer(row.constantBytes),
    shortName(row.name),
  ]);
  const head = ["#", "operator", "in", "out", "MACs", "constants", "name"];
  const total = [
    "",
    `${counted(rows.length, "operator")}${rows.some(({ floats }) => floats) ? ", needs floats" : ""}`,
    "",
    "",
    sum(({ macs }) => macs),
    sum(({ constantBytes }) => constantBytes),
    "",
  ];
  const port = (word: string, ids: readonly number[]): string[] =>
    ids.map((id) => {
      const tensor = tensorAt(graph, id);
      const scale = tensor.quantization?.scales[0];
      const zeroPoint = tensor.quantization?.zeroPoints[0];
      const quantized = scale === undefined ? "" : `, scale ${scale}, zero point ${zeroPoint ?? 0}`;
      return `${word} ${tensor.name}: ${tensorText(tensor)}${quantized}`;
    });
  return [
    ...port("input ", graph.inputs),
    ...port("output", graph.outputs),
    ...port("state ", statesOf(graph)),
    ...tableLines([head, ...cells, total], [0, 4, 5]),
  ].join("\n");
}
