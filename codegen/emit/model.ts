/** Writes `model.ts`: one function a layer that calls its kernel with literals, in readable AssemblyScript. */

import { shapeText, type Tensor } from "../graph/tensor.ts";
import { dotBitsOf, type Plan, type PlannedArgument, type PlannedLayer } from "../plan/plan.ts";
import { comment } from "./comment.ts";
import { FLASH_COPY, FLASH_KERNELS } from "./flash.ts";
import { type LayerPlace, loopFunction, loopName, placesOf, readColumn } from "./loops.ts";
import { FIRST_RESET, RESET_KERNELS, resetCalls, resetFunction, startsUnset } from "./state.ts";

export interface EmitOptions {
  /** `mote-nn 0.1.0` */
  readonly generator: string;
  /** Also emit `invoke_layer`. */
  readonly profile: boolean;
}

function describe(tensor: Tensor): string {
  return comment(`"${tensor.name}" ${tensor.dtype} ${shapeText(tensor)}`);
}

function argument({ name, value, note }: PlannedArgument, column: ReturnType<LayerPlace["column"]>): string {
  const read = column ? readColumn(column) : value;
  return `/* ${name}${note === undefined ? "" : ` ${comment(note)}`} */ ${read}`;
}

function copy(values: readonly string[]): string {
  return `  ${FLASH_COPY}(${values.join(", ")});`;
}

function call(layer: PlannedLayer, values: readonly string[]): string {
  const lines = values.map((value) => `    ${value},`);
  return layer.inline
    ? [`  inline.always(${layer.kernel.name}(`, ...lines, "  ));"].join("\n")
    : [`  ${layer.kernel.name}(`, ...lines, "  );"].join("\n");
}

function layerFunction(layer: PlannedLayer, { loop, column }: LayerPlace): string {
  const shapes = `${layer.inputs
    .filter((tensor) => !tensor.data)
    .map((tensor) => shapeText(tensor))
    .join(", ")} → ${layer.outputs.map((tensor) => shapeText(tensor)).join(", ")}`;
  const macs = layer.macs > 0 ? `, ${layer.macs.toLocaleString("en-US")} MACs` : "";
  let position = 0;
  const values = (planned: readonly PlannedArgument[]) =>
    planned.map((entry) => argument(entry, column(position++)));
  const copies = layer.copies.map((planned) => copy(values(planned)));
  const calls = layer.calls.map((planned) => call(layer, values(planned)));
  return [
    `/** ${layer.spelling} "${comment(layer.operatorName)}": ${shapes}${macs}. */`,
    `function ${layer.name}(${loop ? "row: usize" : ""}): void {`,
    ...copies,
    ...calls,
    "}",
  ].join("\n");
}

/** Runs a layer alone. */
function callOf(layer: PlannedLayer, layers: readonly PlannedLayer[], { loop, round }: LayerPlace): string {
  if (!loop) return `${layer.name}()`;
  const body = layers[layer.index - round * loop.period];
  return `${body?.name}(${loop.table + round * loop.rowBytes})`;
}

/** The module's source; kernels are imported from `./kernels/`. */
export function emitModel(plan: Plan, options: EmitOptions): string {
  const imports = new Map<string, Set<string>>();
  const imported = (file: string, name: string) =>
    imports.set(file, (imports.get(file) ?? new Set()).add(name));
  for (const { kernel, copies } of plan.layers) {
    imported(kernel.file, kernel.name);
    if (copies.length > 0) imported(FLASH_KERNELS, FLASH_COPY);
  }
  for (const { kernel } of resetCalls(plan.state)) imported(RESET_KERNELS, kernel);
  const importLines = [...imports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, names]) => `import { ${[...names].sort().join(", ")} } from "./kernels/${file}";`);
  const ports = (kind: "input" | "output") =>
    plan[`${kind}s`].map(
      ({ tensor, address }, index) =>
        `/** Address of ${kind} ${describe(tensor)}. */\nexport const ${kind}_${index}: i32 = ${address};`,
    );
  const bits = dotBitsOf(plan);
  const dotBits =
    bits === undefined
      ? []
      : [
          `/** Relaxed dot products must be exact for second operands of ${bits} bits, or the outputs are wrong. */\nexport const dot_bits: i32 = ${bits};`,
        ];
  const firstReset = startsUnset(plan.state) ? [FIRST_RESET] : [];
  const inRound = placesOf(plan.layers, plan.loops);
  const own = plan.layers.filter((layer) => inRound(layer).round === 0);
  const steps = plan.layers.flatMap((layer) => {
    const { loop } = inRound(layer);
    if (!loop) return [`  ${layer.name}();`];
    return loop.first === layer.index ? [`  ${loopName(loop)}();`] : [];
  });
  const parts = [
    `/** ${comment(plan.name)}: written by ${options.generator} from ${comment(plan.file)}; do not edit. */`,
    importLines.join("\n"),
    ...ports("input"),
    ...ports("output"),
    ...dotBits,
    ...own.map((layer) => layerFunction(layer, inRound(layer))),
    ...plan.loops.map((loop) => loopFunction(loop, plan.layers)),
    ...resetFunction(plan.state),
    [
      "/** One inference: from the inputs to the outputs. */",
      "export function invoke(): void {",
      ...firstReset,
      ...steps,
      "}",
    ].join("\n"),
  ];
  if (options.profile) {
    parts.push(
      [
        "/** Runs layer `index` alone, for a host with a clock. */",
        "export function invoke_layer(index: i32): void {",
        ...firstReset,
        ...plan.layers.map(
          (layer) => `  if (index == ${layer.index}) ${callOf(layer, plan.layers, inRound(layer))};`,
        ),
        "}",
      ].join("\n"),
    );
  }
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
